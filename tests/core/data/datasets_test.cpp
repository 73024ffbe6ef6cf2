#include "core/data/datasets.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <optional>
#include <thread>

#include "core/data/data_error.hpp"
#include "core/data/file_cache.hpp"
#include "tests/core/data/files.hpp"
#include "tests/skip.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace datasets_test {

/// Three images of 28 x 28 pixels of one grey each: `grey`, grey + 1, grey + 2.
Bytes three_images(std::uint8_t grey) {
  Bytes pixels;
  for (std::uint8_t image = 0; image < 3; ++image)
    pixels.insert(pixels.end(), 784, static_cast<std::uint8_t>(grey + image));
  return idx({0x803, 3, 28, 28}, pixels);
}

void put(const std::filesystem::path& file, const Bytes& bytes) {
  create_directories(file.parent_path());
  write_bytes(file, bytes);
}

/// 1797 lines in the layout of digits, each with its number modulo 17 as every pixel.
std::string fake_digits(int pixels = 64) {
  std::string text;
  for (int row = 0; row < 1797; ++row) {
    for (int i = 0; i < pixels; ++i) text += std::to_string(row % 17) + ",";
    text += std::to_string(row % 10) + "\n";
  }
  return text;
}

/// Mean and standard deviation of all features.
std::pair<double, double> moments(const Dataset& data) {
  double sum = 0;
  double squares = 0;
  for (Index row = 0; row < data.rows(); ++row)
    for (Index column = 0; column < data.columns(); ++column) {
      sum += data(row, column);
      squares += data(row, column) * data(row, column);
    }
  const double count = static_cast<double>(data.rows() * data.columns());
  return {sum / count, std::sqrt(squares / count - sum * sum / count / count)};
}

std::optional<Dataset> if_present(const std::string& name, const std::string& split) {
  try {
    return load_dataset(name, split);
  } catch (const DataError& error) {
    if (!contains(error.what(), "was not found")) throw;
    testing::skip("the files of " + name + " " + split + " are not here");
    return std::nullopt;
  }
}

TEST_CASE("the environment is searched at every call: PATHQUANT_DATA first, then the cache folder, packed or not") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", (folder / "data").string());
  const ChangedVariable home("HOME", (folder / "home").string());
  const auto in_home = folder / "home/.cache/pathquant/mnist/train-images-idx3-ubyte.gz";
  put(in_home, gzip(three_images(10)));
  {
    const ChangedVariable cache("XDG_CACHE_HOME", "not/absolute");
    CHECK(find_dataset("mnist", "train") == std::vector{in_home});
  }
  const ChangedVariable cache("XDG_CACHE_HOME", (folder / "cache").string());
  const auto in_cache = folder / "cache/pathquant/mnist/train-images-idx3-ubyte.gz";
  CHECK_THROWS_AS(find_dataset("mnist", "train"), DataError);
  put(in_cache, gzip(three_images(20)));
  CHECK(find_dataset("mnist", "train") == std::vector{in_cache});
  CHECK(load_dataset("mnist", "train")(2, 783) == 22.0 / 255.0);
  const auto in_data = folder / "data/mnist/train-images-idx3-ubyte";
  put(in_data, three_images(30));
  CHECK(find_dataset("mnist", "train") == std::vector{in_data});
  const Dataset train = load_dataset("mnist", "train");
  CHECK(train.rows() == 3);
  CHECK(train.columns() == 784);
  CHECK(train(0, 0) == 30.0 / 255.0);
  CHECK_THROWS_AS(find_dataset("mnist", "test"), DataError);
  CHECK_THROWS_AS(find_dataset("fashion", "train"), DataError);
}

TEST_CASE("a data set that is nowhere is refused with every place looked at and what to do") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", (folder / "data").string());
  const ChangedVariable cache("XDG_CACHE_HOME", (folder / "cache").string());
  const std::string text = refusal<DataError>([] { load_dataset("fashion", "test"); });
  for (const char* ending : {"", ".gz"}) {
    CHECK(contains(text, (folder / "data/fashion/t10k-images-idx3-ubyte").string() + ending + "\n"));
    CHECK(contains(text, (folder / "cache/pathquant/fashion/t10k-images-idx3-ubyte").string() + ending + "\n"));
  }
  CHECK(contains(text, "set PATHQUANT_DATA"));
  const std::string digits = refusal<DataError>([] { load_dataset("digits", "all"); });
  if (!digits.empty()) CHECK(contains(digits, "apt-get install python3-sklearn"));
}

TEST_CASE("unknown names and splits are refused with those there are") {
  CHECK(contains(refusal<std::invalid_argument>([] { find_dataset("imagenet", "train"); }),
                 "cifar10, digits, fashion, mnist"));
  CHECK(contains(refusal<std::invalid_argument>([] { find_dataset("mnist", "all"); }), "train, test"));
}

TEST_CASE("files of another content are refused by name") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  const auto images = folder / "mnist/train-images-idx3-ubyte";
  put(images, idx({0x803, 1, 2, 2}, Bytes(4)));
  CHECK(contains(refusal<DataError>([] { load_dataset("mnist", "train"); }),
                 images.string() + ": holds images of 4 pixels"));
  const auto digits = folder / "digits/digits.csv";
  put(digits, bytes_of("1,2,3\n"));
  CHECK(contains(refusal<DataError>([] { load_dataset("digits", "all"); }),
                 digits.string() + ": has 1 lines of 3 fields"));
  std::string text = fake_digits();
  text.replace(0, 1, "17");
  put(digits, bytes_of(text));
  CHECK(contains(refusal<DataError>([] { load_dataset("digits", "all"); }), "line 1, field 1 is 17"));
}

TEST_CASE("the halves of digits are the first 898 rows and the 899 others; labels are no feature") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  put(folder / "digits/digits.csv.gz", gzip(bytes_of(fake_digits())));
  const Dataset all = load_dataset("digits", "all");
  const Dataset first = load_dataset("digits", "first_half");
  const Dataset second = load_dataset("digits", "second_half");
  REQUIRE(all.rows() == 1797);
  REQUIRE(all.columns() == 64);
  REQUIRE(first.rows() == 898);
  REQUIRE(second.rows() == 899);
  for (Index row = 0; row < all.rows(); ++row) {
    const double grey = static_cast<double>(row % 17) / 16.0;
    CHECK(all(row, 63) == grey);
    CHECK((row < 898 ? first(row, 0) : second(row - 898, 0)) == grey);
  }
}

TEST_CASE("cifar10: five files are one split, and the first images alone will do where these are not whole") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  const ChangedVariable cache("XDG_CACHE_HOME", (folder / "cache").string());
  // Images of one grey each; the first byte of each is its label.
  const auto images = [](std::initializer_list<std::uint8_t> greys) {
    Bytes bytes;
    for (const std::uint8_t grey : greys) {
      bytes.push_back(grey % 10);
      bytes.insert(bytes.end(), 3072, grey);
    }
    return bytes;
  };
  CHECK(dataset_image("cifar10").pixels() == 3072);
  const std::string nowhere = refusal<DataError>([] { find_dataset("cifar10", "train"); });
  CHECK(contains(nowhere, "data_batch_1.bin"));
  CHECK(contains(nowhere, "cifar10_train_first*_lossless.bin.gz"));
  CHECK(contains(nowhere, "runsweep fetch cifar10"));
  put(folder / "cifar10/cifar10_train_first2_lossless.bin.gz", gzip(images({7, 8})));
  put(folder / "cifar10/cifar10_train_first1_lossless.bin", images({9}));
  put(folder / "cifar10/cifar10_train_first_lossless.bin", images({9, 9, 9}));
  put(folder / "cifar10/cifar10_train_first9_lossless.txt", images({9, 9, 9}));
  CHECK(find_dataset("cifar10", "train") == std::vector{folder / "cifar10/cifar10_train_first2_lossless.bin.gz"});
  CHECK(load_dataset("cifar10", "train").rows() == 2);
  CHECK_THROWS_AS(find_dataset("cifar10", "test"), DataError);
  for (std::uint8_t batch = 1; batch <= 5; ++batch) {
    CHECK(load_dataset("cifar10", "train").rows() == 2);
    const std::string name = "cifar10/data_batch_" + std::to_string(batch) + ".bin";
    const auto grey = static_cast<std::uint8_t>(10 * batch);
    if (batch == 3)
      put(folder / (name + ".gz"), gzip(images({30, 31})));
    else
      put(folder / name, images({grey}));
  }
  const Dataset train = load_dataset("cifar10", "train");
  REQUIRE(train.rows() == 6);
  const std::vector<double> greys = {10, 20, 30, 31, 40, 50};
  for (Index row = 0; row < 6; ++row)
    for (const Index column : {0, 1500, 3071}) CHECK(train(row, column) == greys[static_cast<std::size_t>(row)] / 255);
  CHECK(find_dataset("cifar10", "train").size() == 5);
}

TEST_CASE("the cache folder, which fetched files go to") {
  const ChangedVariable home("HOME", "/somewhere");
  {
    const ChangedVariable cache("XDG_CACHE_HOME", "/cache");
    CHECK(dataset_cache("mnist") == "/cache/pathquant/mnist");
  }
  const ChangedVariable cache("XDG_CACHE_HOME", "");
  CHECK(dataset_cache("cifar10") == "/somewhere/.cache/pathquant/cifar10");
  CHECK_THROWS_AS(dataset_cache("imagenet"), std::invalid_argument);
  const ChangedVariable no_home("HOME", "");
  CHECK_THROWS_AS(dataset_cache("mnist"), DataError);
}

TEST_CASE("a file is read once for all threads, again when it changed, and failures are not kept") {
  const TemporaryFolder folder;
  const auto file = folder / "number";
  FileCache<std::size_t> cache(2);
  std::atomic<int> reads = 0;
  const auto size = [&](const std::filesystem::path& path) {
    ++reads;
    return read_bytes(path).size();
  };
  CHECK_THROWS_AS(cache.get(file, size), DataError);
  write_bytes(file, Bytes(5));
  std::vector<std::shared_ptr<const std::size_t>> seen(8);
  std::vector<std::thread> threads;
  for (auto& one : seen) threads.emplace_back([&] { one = cache.get(file, size); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : seen) CHECK(one == seen[0]);
  CHECK(*seen[0] == 5);
  CHECK(reads == 2);
  write_bytes(file, Bytes(6));
  CHECK(*cache.get(file, size) == 6);
  CHECK(*seen[0] == 5);
}

TEST_CASE("the cache forgets what was not used for longest") {
  const TemporaryFolder folder;
  FileCache<std::string> cache(2);
  std::string reads;
  const auto get = [&](const std::string& name) {
    cache.get(folder / name, [&](const std::filesystem::path& path) { return reads += path.filename().string(); });
  };
  for (const char* name : {"a", "b", "c"}) write_bytes(folder / name, Bytes(1));
  for (const char* name : {"a", "b", "a", "c", "a", "b"}) get(name);
  CHECK(reads == "abcb");
}

TEST_CASE("MNIST has its published size, mean and deviation") {
  const auto train = if_present("mnist", "train");
  const auto test = if_present("mnist", "test");
  if (!train || !test) return;
  CHECK(train->rows() == 60000);
  CHECK(train->columns() == 784);
  CHECK(test->rows() == 10000);
  // The constants by which PyTorch's example normalises its training images, given to four digits.
  const auto [mean, deviation] = moments(*train);
  CHECK(std::abs(mean - 0.1307) <= 0.5e-4);
  CHECK(std::abs(deviation - 0.3081) <= 0.5e-4);
}

TEST_CASE("Fashion-MNIST has its published size, mean and deviation") {
  const auto train = if_present("fashion", "train");
  if (!train) return;
  CHECK(train->rows() == 60000);
  CHECK(train->columns() == 784);
  // The constants in common use for its normalisation, given to four digits.
  const auto [mean, deviation] = moments(*train);
  CHECK(std::abs(mean - 0.2860) <= 0.5e-4);
  CHECK(std::abs(deviation - 0.3530) <= 0.5e-4);
}

TEST_CASE("CIFAR-10's first images have the labels dropped and plausible colours") {
  const auto test = if_present("cifar10", "test");
  if (!test) return;
  CHECK(test->columns() == 3072);
  CHECK(test->rows() >= 1000);
  // The constants in common use for its normalisation are of the training images: means near 0.49, 0.48, 0.45 and a
  // deviation near 0.25; a mean over 1000 images of 1024 dependent pixels is within 0.02 of them.
  double mean = 0;
  for (Index row = 0; row < 1000; ++row)
    for (Index column = 0; column < 3072; ++column) mean += (*test)(row, column) / (1000.0 * 3072);
  CHECK(std::abs(mean - (0.4914 + 0.4822 + 0.4465) / 3) <= 0.02);
}

TEST_CASE("digits has the size and the first image that scikit-learn's documentation shows") {
  const auto digits = if_present("digits", "all");
  if (!digits) return;
  CHECK(digits->rows() == 1797);
  CHECK(digits->columns() == 64);
  const std::vector<double> top = {0, 0, 5, 13, 9, 1, 0, 0};
  for (Index column = 0; column < 8; ++column)
    CHECK((*digits)(0, column) == top[static_cast<std::size_t>(column)] / 16.0);
}

}  // namespace datasets_test
