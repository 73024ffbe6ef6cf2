#include "experiments/fetch/download.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <deque>
#include <mutex>
#include <thread>

#include "experiments/fetch/published.hpp"
#include "experiments/hash.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace download_test {

/// Answers each connection on this machine's loopback with the next of the given texts, byte by byte as they are, and
/// closes it. Keeps what was asked.
class Server {
 public:
  explicit Server(std::deque<std::string> answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("no loopback server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/folder/file.bin", port_); }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    while (true) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char byte = 0;
      while (!request.ends_with("\r\n\r\n") && ::recv(connection, &byte, 1, 0) == 1) request += byte;
      std::string answer = "HTTP/1.1 500 Nothing left to say\r\nContent-Length: 0\r\n\r\n";
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(request);
        if (!answers_.empty()) {
          answer = answers_.front();
          answers_.pop_front();
        }
      }
      for (std::size_t sent = 0; sent < answer.size();) {
        const ssize_t count = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      ::shutdown(connection, SHUT_WR);
      while (::recv(connection, &byte, 1, 0) > 0) {
      }
      ::close(connection);
    }
  }

  std::deque<std::string> answers_;
  std::vector<std::string> asked_;
  std::mutex mutex_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string answer(const std::string& body, std::size_t promised) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", promised, body);
}
std::string answer(const std::string& body) {
  return answer(body, body.size());
}

const std::string content = [] {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += static_cast<char>(i * i % 251);
  return text;
}();

Expected expected() {
  return {content.size(), sha256_hex(content)};
}

struct Place {
  TemporaryFolder folder;
  std::filesystem::path target = folder / "file.bin";
  std::filesystem::path part = folder / "file.bin.part";

  std::string fetch(const std::string& url) const {
    return refusal<FetchError>([&] { download(url, target, expected(), {}); });
  }
  bool is_empty() const { return std::filesystem::is_empty(folder.path()); }
  bool has_it() const { return read_bytes(target) == bytes_of(content) && !exists(part); }
};

TEST_CASE("the right bytes get their name, and progress is told") {
  const Place place;
  Server server({answer(content)});
  std::uint64_t last = 0;
  download(server.url(), place.target, expected(), [&](std::uint64_t bytes) {
    CHECK(bytes >= last);
    last = bytes;
  });
  CHECK(last == content.size());
  CHECK(place.has_it());
  CHECK(contains(server.asked().at(0), "GET /folder/file.bin HTTP/1.1"));
}

TEST_CASE("wrong bytes, too few or too many, are refused and nothing of them stays") {
  const Place place;
  std::string wrong = content;
  wrong[777] ^= 1;
  CHECK(contains(place.fetch(Server({answer(wrong)}).url()), "is not the file that was published"));
  CHECK(place.is_empty());
  CHECK(contains(place.fetch(Server({answer(content.substr(1))}).url()), "has 19999 bytes where 20000 were published"));
  CHECK(place.is_empty());
  CHECK(contains(place.fetch(Server({answer(content + "x")}).url()), "has more than the 20000 bytes"));
  CHECK(place.is_empty());
  CHECK(contains(place.fetch(Server({answer("")}).url()), "has 0 bytes"));
  CHECK(place.is_empty());
}

TEST_CASE("a file that is not there, a server that is not there, another protocol") {
  const Place place;
  const Server server({"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry"});
  CHECK(contains(place.fetch(server.url()), "404"));
  CHECK(place.is_empty());
  const std::string gone = Server({}).url();
  CHECK(contains(place.fetch(gone), "was not fetched"));
  CHECK(place.is_empty());
  CHECK(contains(place.fetch("file:///etc/passwd"), "was not fetched"));
  const Server redirecting({"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"});
  CHECK(contains(place.fetch(redirecting.url()), "was not fetched"));
  CHECK(place.is_empty());
}

TEST_CASE("an interrupted fetch is gone on with") {
  const Place place;
  const std::string rest = content.substr(5000);
  Server server({answer(content.substr(0, 5000), content.size()),
                 fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5000-19999/20000\r\n"
                             "Content-Length: {}\r\n\r\n{}",
                             rest.size(), rest)});
  const std::string problem = place.fetch(server.url());
  CHECK(contains(problem, "5000 of 20000 bytes are there"));
  CHECK(!exists(place.target));
  CHECK(read_bytes(place.part).size() == 5000);
  CHECK(place.fetch(server.url()).empty());
  CHECK(place.has_it());
  CHECK(contains(server.asked().at(1), "Range: bytes=5000-"));
}

TEST_CASE("what was left is fetched anew when the server cannot go on, or it was of another file") {
  for (const std::string& left :
       {content.substr(0, 400), std::string(400, 'x'), content + "more", std::string(20000, 'x')}) {
    const Place place;
    write_bytes(place.part, bytes_of(left));
    // A server that knows no ranges answers with all of the file.
    Server server({answer(content), answer(content)});
    CHECK(place.fetch(server.url()).empty());
    CHECK(place.has_it());
  }
  const Place place;
  write_bytes(place.part, bytes_of(std::string(400, 'x')));
  const std::string rest = content.substr(400);
  Server server({fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 400-19999/20000\r\n"
                             "Content-Length: {}\r\n\r\n{}",
                             rest.size(), rest),
                 answer(content)});
  CHECK(place.fetch(server.url()).empty());
  CHECK(place.has_it());
  // All bytes were there already: nothing is asked.
  const Place complete;
  write_bytes(complete.part, bytes_of(content));
  Server silent({});
  CHECK(complete.fetch(silent.url()).empty());
  CHECK(complete.has_it());
  CHECK(silent.asked().empty());
}

TEST_CASE("a folder that cannot be written to is named") {
  const TemporaryFolder folder;
  const Server server({answer(content)});
  CHECK(contains(refusal<FetchError>([&] { download(server.url(), folder / "none/file.bin", expected(), {}); }),
                 "cannot write"));
}

TEST_CASE("the published files have names, sizes and sums") {
  for (const PublishedDataset& dataset : published_datasets()) {
    CHECK(!dataset.folders.empty());
    for (const PublishedFile& file : dataset.files) {
      INFO(file.name);
      CHECK(file.expected.bytes > 0);
      CHECK(file.expected.sha256.size() == 64);
      CHECK(file.expected.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
      CHECK(file.members.empty() == (file.member_bytes == 0));
    }
  }
}

}  // namespace download_test
