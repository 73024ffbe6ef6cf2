// Whether a file is still what it was, without reading it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

namespace pathquant {

/// Which file a path leads to and when that was changed last. A file that is replaced by another one differs, even
/// where size and time of change are copied; one that is written to differs as far as the system's clock is fine.
struct FileState {
  std::filesystem::path file;
  std::uint64_t device = 0, number = 0, size = 0;
  std::int64_t changed = 0;       ///< nanoseconds since 1970, of the content
  std::int64_t changed_mark = 0;  ///< ... of anything about the file, which no program can set back
  bool operator==(const FileState&) const = default;
};

/// Problems are left to whoever reads the file: without one all numbers are 0.
inline FileState state_of(const std::filesystem::path& file) {
  std::error_code ignored;
  FileState state{.file = std::filesystem::weakly_canonical(file, ignored)};
  struct stat found = {};
  if (::stat(file.c_str(), &found) != 0) return state;
  constexpr std::int64_t second = 1'000'000'000;
  state.device = found.st_dev;
  state.number = found.st_ino;
  state.size = static_cast<std::uint64_t>(found.st_size);
  state.changed = found.st_mtim.tv_sec * second + found.st_mtim.tv_nsec;
  state.changed_mark = found.st_ctim.tv_sec * second + found.st_ctim.tv_nsec;
  return state;
}

}  // namespace pathquant
