#include "core/data/datasets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "core/data/cifar.hpp"
#include "core/data/csv.hpp"
#include "core/data/data_error.hpp"
#include "core/data/file_cache.hpp"
#include "core/data/idx.hpp"

namespace pathquant {

namespace fs = std::filesystem;

namespace {

struct Split {
  std::string_view word;
  std::vector<std::string_view> files;  ///< one after another
  Index first = 0;
  Index rows = 0;                   ///< 0: all that the files have
  std::string_view beginning = {};  ///< of the name of a file with the first images only: see find_beginning
};

struct Facts {
  std::string_view name;  ///< also the folder's
  std::string_view title;
  std::vector<Split> splits;
  ImageShape image;
  double white;
  ByteTable (*read)(const fs::path&);
  std::vector<fs::path> more_files;  ///< looked for after all other places
  std::string_view advice;           ///< where the files come from
};

ByteTable read_images(const fs::path& file) {
  ByteTable table = read_idx_images(file);
  constexpr Index pixels = Index{28} * 28;
  if (table.columns != pixels)
    throw DataError(file, fmt::format("holds images of {} pixels where 28 x 28 are needed; put the right file there",
                                      table.columns));
  return table;
}

/// The 64 pixel columns of scikit-learn's digits, without the label that ends each line.
ByteTable read_digits(const fs::path& file) {
  constexpr Index rows = 1797;
  constexpr Index pixels = 64;
  constexpr std::uint8_t white = 16;
  const ByteTable lines = read_csv_bytes(file);
  if (lines.rows != rows || lines.columns != pixels + 1)
    throw DataError(file, fmt::format("has {} lines of {} fields where digits has {} of {} (64 pixels and a label); "
                                      "fetch it again",
                                      lines.rows, lines.columns, rows, pixels + 1));
  ByteTable table{rows, pixels};
  table.values.reserve(static_cast<std::size_t>(rows * pixels));
  for (Index row = 0; row < rows; ++row) {
    for (Index column = 0; column < pixels; ++column) {
      const std::uint8_t pixel = lines(row, column);
      if (pixel > white)
        throw DataError(file, fmt::format("line {}, field {} is {}, and the pixels of digits end at {}; fetch it again",
                                          row + 1, column + 1, pixel, white));
      table.values.push_back(pixel);
    }
  }
  return table;
}

const std::vector<Facts>& all_facts() {
  // A function's static, because laws ask for splits while they register, before main.
  static const std::vector<Split> mnist_splits = {{"train", {"train-images-idx3-ubyte"}},
                                                  {"test", {"t10k-images-idx3-ubyte"}}};
  static const std::vector<std::string_view> digits_files = {"digits.csv"};
  static const std::vector<Facts> list = {
      {.name = "cifar10",
       .title = "CIFAR-10",
       .splits = {{"train",
                   {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
                   0,
                   0,
                   "cifar10_train_first"},
                  {"test", {"test_batch.bin"}, 0, 0, "cifar10_test_first"}},
       .image = {3, 32, 32},
       .white = 255,
       .read = read_cifar_images,
       .more_files = {},
       .advice = "fetch it (runsweep fetch cifar10, or www.cs.toronto.edu/~kriz/cifar.html, the binary version)"},
      {.name = "digits",
       .title = "scikit-learn's digits",
       .splits = {{"all", digits_files}, {"first_half", digits_files, 0, 898}, {"second_half", digits_files, 898, 899}},
       .image = {1, 8, 8},
       .white = 16,
       .read = read_digits,
       .more_files = {"/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"},
       .advice = "install it (apt-get install python3-sklearn)"},
      {.name = "fashion",
       .title = "Fashion-MNIST",
       .splits = mnist_splits,
       .image = {1, 28, 28},
       .white = 255,
       .read = read_images,
       .more_files = {},
       .advice = "fetch it (runsweep fetch fashion, or github.com/zalandoresearch/fashion-mnist)"},
      {.name = "mnist",
       .title = "MNIST",
       .splits = mnist_splits,
       .image = {1, 28, 28},
       .white = 255,
       .read = read_images,
       .more_files = {},
       .advice = "fetch it (runsweep fetch mnist, or yann.lecun.com/exdb/mnist or a mirror)"},
  };
  return list;
}

const Facts& facts_of(std::string_view name) {
  for (const Facts& facts : all_facts())
    if (facts.name == name) return facts;
  throw std::invalid_argument(
      fmt::format("there is no data set {}; there are {}", name, fmt::join(dataset_names(), ", ")));
}

const Split& split_of(const Facts& facts, std::string_view word) {
  for (const Split& split : facts.splits)
    if (split.word == word) return split;
  throw std::invalid_argument(
      fmt::format("{} has no split {}; it has {}", facts.name, word, fmt::join(dataset_splits(facts.name), ", ")));
}

std::string variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<fs::path> cache_root() {
  const fs::path cache = variable("XDG_CACHE_HOME");
  const fs::path home = variable("HOME");
  // The XDG base directory specification: a relative path there is to be ignored.
  if (cache.is_absolute()) return cache / "pathquant";
  if (!home.empty()) return home / ".cache" / "pathquant";
  return std::nullopt;
}

/// The folders that hold one folder for each data set.
std::vector<fs::path> roots() {
  std::vector<fs::path> list;
  if (const std::string data = variable("PATHQUANT_DATA"); !data.empty()) list.emplace_back(data);
  if (const auto cache = cache_root()) list.push_back(*cache);
  return list;
}

bool is_file(const fs::path& place) {
  std::error_code ignored;  // a place that cannot be looked at is one where the file is not
  return fs::is_regular_file(place, ignored);
}

/// The first of the places that is a file; the others looked at so far are appended to `looked_at`.
std::optional<fs::path> first_of(const std::vector<fs::path>& places, std::vector<fs::path>& looked_at) {
  for (const fs::path& place : places) {
    if (is_file(place)) return place;
    looked_at.push_back(place);
  }
  return std::nullopt;
}

/// The file <beginning><n>_lossless.bin, .gz or not, with the largest n: the first n images of the split.
std::optional<fs::path> find_beginning(const fs::path& folder, std::string_view beginning) {
  std::optional<fs::path> found;
  std::uint64_t most = 0;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(beginning) || !is_file(entry.path())) continue;
    std::uint64_t images = 0;
    const char* end = name.data() + name.size();
    const auto [rest, problem] = std::from_chars(name.data() + beginning.size(), end, images);
    const std::string_view ending(rest, static_cast<std::size_t>(end - rest));
    if (problem != std::errc() || images <= most) continue;
    if (ending != "_lossless.bin" && ending != "_lossless.bin.gz") continue;
    most = images;
    found = entry.path();
  }
  return found;
}

std::vector<fs::path> find_files(const Facts& facts, const Split& split) {
  std::vector<fs::path> looked_at;
  for (const fs::path& root : roots()) {
    const fs::path folder = root / facts.name;
    std::vector<fs::path> files;
    for (const std::string_view name : split.files) {
      const auto file = first_of({folder / name, folder / (std::string(name) + ".gz")}, looked_at);
      if (!file) break;
      files.push_back(*file);
    }
    if (files.size() == split.files.size()) return files;
    if (split.beginning.empty()) continue;
    if (const auto file = find_beginning(folder, split.beginning)) return {*file};
    looked_at.push_back(folder / (std::string(split.beginning) + "*_lossless.bin.gz"));
  }
  if (const auto file = first_of(facts.more_files, looked_at)) return {*file};
  std::string text = fmt::format("{} ({}) was not found. Looked at:", facts.title, split.word);
  for (const fs::path& place : looked_at) text += "\n  " + place.string();
  text += fmt::format("\n{}, then put {} into one of these folders or set PATHQUANT_DATA to the folder that holds {}/",
                      facts.advice, fmt::join(split.files, ", "), facts.name);
  throw DataError(text);
}

}  // namespace

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const Facts& facts : all_facts()) names.emplace_back(facts.name);
  return names;
}

std::vector<std::string> dataset_splits(std::string_view name) {
  std::vector<std::string> words;
  for (const Split& split : facts_of(name).splits) words.emplace_back(split.word);
  return words;
}

bool dataset_splits_share_rows(std::string_view name, std::string_view one, std::string_view other) {
  const Split& a = split_of(facts_of(name), one);
  const Split& b = split_of(facts_of(name), other);
  const auto ends_before = [](const Split& s, const Split& t) { return s.rows > 0 && s.first + s.rows <= t.first; };
  return a.files == b.files && !ends_before(a, b) && !ends_before(b, a);
}

ImageShape dataset_image(std::string_view name) {
  return facts_of(name).image;
}

std::vector<fs::path> find_dataset(std::string_view name, std::string_view split) {
  const Facts& facts = facts_of(name);
  return find_files(facts, split_of(facts, split));
}

fs::path dataset_cache(std::string_view name) {
  const Facts& facts = facts_of(name);
  if (const auto root = cache_root()) return *root / facts.name;
  throw DataError("there is no cache folder: set HOME, or XDG_CACHE_HOME to an absolute path");
}

Dataset load_dataset(std::string_view name, std::string_view split_word) {
  constexpr std::size_t kept_files = 12;
  static FileCache<ByteTable> cache(kept_files);
  const Facts& facts = facts_of(name);
  const Split& split = split_of(facts, split_word);
  std::vector<std::shared_ptr<const ByteTable>> parts;
  Index rows = 0;
  for (const fs::path& file : find_files(facts, split)) {
    parts.push_back(cache.get(file, facts.read));
    rows += parts.back()->rows;
  }
  return {std::move(parts), split.first, split.rows == 0 ? rows : split.rows, facts.white};
}

}  // namespace pathquant
