#include "experiments/store/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <optional>
#include <random>
#include <system_error>
#include <vector>

#include "experiments/store/store.hpp"

namespace pathquant {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
  throw StoreError(fmt::format("cannot {} {}: {}", what, path.string(), advice(error)));
}

void write_all(int descriptor, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      fail("write", path, errno);
  }
}

/// What is no regular file: a device, a pipe, or a link to nothing yet.
void write_through(const std::filesystem::path& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("write", path, errno);
  try {
    write_all(descriptor, text, path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) fail("write", path, errno);
}

/// The regular file behind a link, whose folder then gets the passing file. The links of /dev and /proc lead to open
/// files, which are not to be replaced.
std::optional<std::filesystem::path> replaceable(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_symlink(path, ignored)) {
    const auto status = std::filesystem::status(path, ignored);
    return !std::filesystem::exists(status) || std::filesystem::is_regular_file(status) ? std::optional(path)
                                                                                        : std::nullopt;
  }
  const std::string absolute = std::filesystem::absolute(path).string();
  if (absolute.starts_with("/dev/") || absolute.starts_with("/proc/")) return std::nullopt;
  const std::filesystem::path target = std::filesystem::canonical(path, ignored);
  return std::filesystem::is_regular_file(target, ignored) ? std::optional(target) : std::nullopt;
}

/// A file under a passing name, removed again unless it was renamed.
class PassingFile {
 public:
  explicit PassingFile(const std::filesystem::path& target)
      : target_(target), path_(folder_of(target) / fmt::format(".{}.tmp", unique_name())) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("write", target_, errno);
  }
  ~PassingFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!renamed_) ::unlink(path_.c_str());
  }
  PassingFile(const PassingFile&) = delete;
  PassingFile& operator=(const PassingFile&) = delete;

  void write(std::string_view text) { write_all(descriptor_, text, target_); }

  void take_its_name() {
    if (::fsync(descriptor_) != 0) fail("write", target_, errno);
    // A network file system may tell of a full disk no sooner than here.
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("write", target_, errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("replace", target_, errno);
    renamed_ = true;
    sync_folder(folder_of(target_));
  }

 private:
  static std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  }

  std::filesystem::path target_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

}  // namespace

std::string advice(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return "no permission to write there: change its permissions, or choose another folder with --output";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "the disk (or your share of it) is full: free some space and run the same command again";
    default:
      return std::generic_category().message(error);
  }
}

std::string unique_name() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host.front() == '\0') host = {'h', 'o', 's', 't'};
  for (char& c : host)
    if (c != '\0' && std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  std::random_device device;
  const std::uint64_t random = static_cast<std::uint64_t>(device()) << 32U | device();
  return fmt::format("{}-{}-{:016x}", host.data(), ::getpid(), random);
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail("open", folder, errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some network file systems cannot sync a folder, and need not: they keep the order themselves.
  if (error != 0 && error != EINVAL && error != ENOTSUP) fail("write in", folder, error);
}

void make_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> changed;
  std::error_code ignored;
  for (auto above = std::filesystem::absolute(folder); above.has_relative_path(); above = above.parent_path()) {
    if (std::filesystem::exists(above, ignored)) break;
    changed.push_back(above.parent_path());
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && !std::filesystem::is_directory(folder, ignored))
    error = std::make_error_code(std::errc::not_a_directory);
  if (error) fail("make the folder", folder, error.value());
  for (const auto& parent : changed) sync_folder(parent);
}

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  const auto target = replaceable(path);
  if (!target) return write_through(path, text);
  PassingFile file(*target);
  file.write(text);
  file.take_its_name();
}

void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  write_atomically(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace pathquant
