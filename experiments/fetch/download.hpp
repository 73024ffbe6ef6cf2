// One file from the network, checked before it gets its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

namespace pathquant {

/// A file that could not be fetched, or is not what was published. The text says which, why and what to do.
struct FetchError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What is known of a file before it is fetched.
struct Expected {
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
};

/// BoundOutcomes now and then how many bytes are there.
using DownloadProgress = std::function<void(std::uint64_t bytes)>;

/// Fetches `url` (http or https) into `target`, whose folder must exist. The bytes go to `target`.part; only when their
/// number and sum are as expected is that renamed. What an interrupted fetch has left there is gone on with; bytes that
/// prove wrong are removed. Two fetches of one file at a time: the second one is refused. Throws FetchError.
void download(const std::string& url, const std::filesystem::path& target, const Expected& expected,
              const DownloadProgress& progress);

}  // namespace pathquant
