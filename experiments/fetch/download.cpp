#include "experiments/fetch/download.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <tuple>
#include <utility>

#include "experiments/hash.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant {
namespace {

/// target.part, locked against other fetches and open at its end.
class PartialFile {
 public:
  explicit PartialFile(const std::filesystem::path& target) : path_(target.string() + ".part") {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw FetchError(fmt::format("cannot write {}: {}", path_.string(), advice(errno)));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw FetchError(fmt::format("{} is being fetched already: wait for that, or stop it", target.string()));
    }
  }
  ~PartialFile() { ::close(descriptor_); }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::uint64_t size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }
  /// 0, or the error.
  int append(const char* bytes, std::size_t count) const {
    while (count > 0) {
      const ssize_t written = ::write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes += written;
      count -= static_cast<std::size_t>(written);
    }
    return 0;
  }
  void clear() const {
    if (::ftruncate(descriptor_, 0) != 0) fail("write", errno);
  }
  void remove() const { ::unlink(path_.c_str()); }
  void take_name(const std::filesystem::path& target) const {
    if (::fsync(descriptor_) != 0) fail("write", errno);
    if (::rename(path_.c_str(), target.c_str()) != 0) fail("rename", errno);
    sync_folder(target.has_parent_path() ? target.parent_path() : std::filesystem::path("."));
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(const char* what, int error) const {
    throw FetchError(fmt::format("cannot {} {}: {}", what, path_.string(), advice(error)));
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// What libcurl's callback works on.
struct Transfer {
  const PartialFile* file;
  const Expected* expected;
  const DownloadProgress* progress;
  std::uint64_t size;  ///< of the file
  bool too_long = false;
  int error = 0;  ///< of writing
};

// Called by C code, so nothing may be thrown; `progress` belongs to the caller and must not throw either.
std::size_t receive(char* bytes, std::size_t, std::size_t count, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  if (count > transfer.expected->bytes - std::min(transfer.size, transfer.expected->bytes)) {
    transfer.too_long = true;
    return 0;
  }
  transfer.error = transfer.file->append(bytes, count);
  if (transfer.error != 0) return 0;
  transfer.size += count;
  if (*transfer.progress) (*transfer.progress)(transfer.size);
  return count;
}

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, CloseHandle>;

/// libcurl with what all transfers share. Its global state is set up once and lives as long as the process.
Handle open_handle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(ready == CURLE_OK ? curl_easy_init() : nullptr);
  if (!handle) throw FetchError("libcurl cannot be started");
  return handle;
}

/// Adds the bytes that follow those in the file. Returns libcurl's verdict and its text.
std::pair<CURLcode, std::string> transfer_rest(const std::string& url, Transfer& transfer) {
  constexpr long connect_seconds = 30, stalled_seconds = 60, most_redirects = 5;
  const Handle handle = open_handle();
  CURL* curl = handle.get();
  std::array<char, CURL_ERROR_SIZE> text{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text.data());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, most_redirects);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stalled_seconds);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.size));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  return {code, text.front() == '\0' ? curl_easy_strerror(code) : text.data()};
}

}  // namespace

namespace {

/// A transfer that is judged when it has ended.
class Download {
 public:
  Download(const std::string& url, const std::filesystem::path& target, const Expected& expected,
           const DownloadProgress& progress)
      : url_(url), file_(target), expected_(expected), transfer_{&file_, &expected, &progress, file_.size()} {}

  /// True when all bytes are there and right; otherwise problem() says what is wrong.
  bool attempt() {
    if (transfer_.size < expected_.bytes) std::tie(code_, text_) = transfer_rest(url_, transfer_);
    if (code_ == CURLE_OK && transfer_.size == expected_.bytes) sum_ = sha256_hex_of_file(file_.path());
    return sum_ == expected_.sha256;
  }
  void start_again() {
    file_.clear();
    transfer_ = {&file_, &expected_, transfer_.progress, 0};
    code_ = CURLE_OK;
    sum_.clear();
  }
  bool disk_failed() const { return transfer_.error != 0; }
  /// Whether the network failed, so that what is there may be right as far as it goes.
  bool interrupted() const {
    return code_ != CURLE_OK && !transfer_.too_long && code_ != CURLE_RANGE_ERROR && code_ != CURLE_HTTP_RETURNED_ERROR;
  }
  std::uint64_t size() const { return transfer_.size; }
  const PartialFile& file() const { return file_; }

  std::string problem() const {
    if (disk_failed()) return fmt::format("cannot write {}: {}", file_.path().string(), advice(transfer_.error));
    if (transfer_.too_long)
      return fmt::format(
          "{} has more than the {} bytes that were published: it is another file, and nothing of it is "
          "kept",
          url_, expected_.bytes);
    if (code_ != CURLE_OK) return fmt::format("{} was not fetched: {}", url_, text_);
    if (transfer_.size != expected_.bytes)
      return fmt::format("{} has {} bytes where {} were published: it is another file, and nothing of it is kept", url_,
                         transfer_.size, expected_.bytes);
    return fmt::format(
        "{} is not the file that was published, and nothing of it is kept: its sha256 is {} where {} is "
        "expected",
        url_, sum_, expected_.sha256);
  }

 private:
  const std::string& url_;
  PartialFile file_;
  const Expected& expected_;
  Transfer transfer_;
  CURLcode code_ = CURLE_OK;
  std::string text_;
  std::string sum_;
};

}  // namespace

void download(const std::string& url, const std::filesystem::path& target, const Expected& expected,
              const DownloadProgress& progress) {
  Download download(url, target, expected, progress);
  const bool resumed = download.size() > 0;
  bool right = download.size() <= expected.bytes && download.attempt();
  // What was left there may be of another file, and not every server can send a rest.
  if (!right && resumed && !download.interrupted() && !download.disk_failed()) {
    download.start_again();
    right = download.attempt();
  }
  if (right) {
    download.file().take_name(target);
    return;
  }
  std::string problem = download.problem();
  const bool keep = download.size() > 0 && (download.interrupted() || download.disk_failed());
  if (keep)
    problem += fmt::format(". {} of {} bytes are there, and the same command again goes on from them", download.size(),
                           expected.bytes);
  else
    download.file().remove();
  throw FetchError(problem);
}

}  // namespace pathquant
