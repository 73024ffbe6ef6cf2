// `fetch`: the public files of a data set into the cache folder.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>

#include "core/data/datasets.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/config/node.hpp"
#include "experiments/fetch/published.hpp"
#include "experiments/fetch/unpack.hpp"
#include "experiments/hash.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

namespace fs = std::filesystem;

/// On a terminal a line that is written over, elsewhere nothing.
class ProgressLine {
 public:
  ProgressLine(std::string name, std::uint64_t bytes) : name_(std::move(name)), bytes_(bytes) {}
  ~ProgressLine() {
    if (percent_ >= 0) fmt::print(stderr, "\n");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t bytes) {
    const int percent = static_cast<int>(100 * bytes / bytes_);
    if (!terminal_ || percent == percent_) return;
    percent_ = percent;
    fmt::print(stderr, "\r{} {:3} % of {:.1f} MB", name_, percent, static_cast<double>(bytes_) / 1e6);
  }

 private:
  std::string name_;
  std::uint64_t bytes_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  int percent_ = -1;
};

/// The folders that a data set's files are asked of: its publishers', or PATHQUANT_MIRROR with a folder for each data
/// set.
std::vector<std::string> folders_of(const PublishedDataset& dataset) {
  const char* mirror = std::getenv("PATHQUANT_MIRROR");
  if (mirror == nullptr || *mirror == '\0') return dataset.folders;
  std::string folder = mirror;
  while (folder.ends_with('/')) folder.pop_back();
  return {fmt::format("{}/{}", folder, dataset.name)};
}

void download_from_any(const PublishedDataset& dataset, const PublishedFile& file, const fs::path& target) {
  const std::vector<std::string> folders = folders_of(dataset);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::string url = fmt::format("{}/{}", folders[i], file.name);
    fmt::print(stderr, "fetching {}\n", url);
    try {
      ProgressLine line(file.name, file.expected.bytes);
      download(url, target, file.expected, [&](std::uint64_t bytes) { line.show(bytes); });
      return;
    } catch (const FetchError& error) {
      if (i + 1 == folders.size()) throw;
      fmt::print(stderr, "{}\n", error.what());
    }
  }
}

void check_present(const fs::path& target, const Expected& expected) {
  if (sha256_hex_of_file(target) != expected.sha256)
    throw FetchError(
        fmt::format("{} is there, but it is not the file that was published (another sha256 than {}): move it "
                    "away to fetch that",
                    target.string(), expected.sha256));
}

void fetch_file(const PublishedDataset& dataset, const PublishedFile& file, const fs::path& folder) {
  const fs::path target = folder / file.name;
  if (!file.members.empty() && is_unpacked(folder, file.members, file.member_bytes)) {
    fmt::print("{}: unpacked already\n", target.string());
    return;
  }
  std::error_code ignored;
  const bool present = fs::exists(target, ignored);
  if (present)
    check_present(target, file.expected);
  else
    download_from_any(dataset, file, target);
  fmt::print("{}: {} bytes, sha256 as published{}\n", target.string(), file.expected.bytes,
             present ? " (was there)" : "");
  if (file.members.empty()) return;
  unpack(target, file.members, file.member_bytes);
  fs::remove(target, ignored);
  fmt::print("{}: unpacked into {}\n", target.string(), fmt::join(file.members, ", "));
}

}  // namespace

int fetch(const std::string& name) {
  std::vector<std::string> names;
  for (const PublishedDataset& dataset : published_datasets()) {
    names.emplace_back(dataset.name);
    if (dataset.name != name) continue;
    const fs::path folder = dataset_cache(name);
    make_folder(folder);
    try {
      for (const PublishedFile& file : dataset.files) fetch_file(dataset, file, folder);
    } catch (const FetchError& error) {
      fmt::print(stderr, "runsweep: {}\n", error.what());
      return some_failed;
    }
    return all_good;
  }
  throw UsageError(fmt::format("'{}' is no data set that can be fetched{}: there are {}", name, suggestion(name, names),
                               fmt::join(names, ", ")));
}

}  // namespace pathquant::cli
