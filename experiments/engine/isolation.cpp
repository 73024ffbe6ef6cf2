#include "experiments/engine/isolation.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "experiments/engine/remote_checkpoint.hpp"
#include "experiments/process/forked.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pathquant {
namespace {

using ComputationsById = std::map<std::string, std::shared_ptr<const Computation>>;

// Travels with the descriptors that the answer is written to and the parts of the task are asked for.
struct Request {
  std::array<char, 32> id{};
  std::int64_t trial = 0;
  double limit = 0;  // seconds
};

struct Channels {
  int audience = -1;    // the writing end of a pipe
  int checkpoint = -1;  // a socket
  void close() const {
    ::close(audience);
    ::close(checkpoint);
  }
};

// How a sentence about what went wrong begins: with whose work it was, where it was not the program's own.
std::string whose(const Computation& computation) {
  const std::string untrusted = computation.untrusted();
  return untrusted.empty() ? "" : untrusted + ": ";
}

// An answer is the status, a line's end, and the content.
std::string packed(const std::optional<TaskEnd>& end) {
  return end ? end->status + "\n" + end->content : "";
}

std::string answer_to(const Computation& computation, const Request& request, const Channels& channels) {
  const std::chrono::duration<double> limit(request.limit);
  const ForkedEnd end = run_forked(
      [&](const std::atomic<bool>& stop) {
        TaskCache cache(default_cache_bytes());
        RemoteCheckpoint checkpoint(channels.checkpoint);
        const ExecutionContext execution(&stop, std::nullopt);
        return packed(end_of_task(computation, {request.trial, execution, cache, checkpoint}, limit));
      },
      limit, channels.audience);
  if (end.answer && !end.answer->empty()) return *end.answer;
  const char* status = end.how == ForkedEnd::How::late ? "timeout" : "failed";
  return packed(failed_end(
      fmt::format("{}{}{}", whose(computation), what_happened(end, limit), what_it_wrote(end.output)), status));
}

void write_all(int to, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(to, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

// A message with room for the two descriptors.
struct Envelope {
  explicit Envelope(Request& request) : part{&request, sizeof(request)} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(Channels))> control{};
  msghdr message = {};
};

// Waits for a request; false when there will be none.
bool receive(int socket, Request& request, Channels& channels) {
  Envelope envelope(request);
  ssize_t count = 0;
  do count = recvmsg(socket, &envelope.message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  const cmsghdr* header = CMSG_FIRSTHDR(&envelope.message);
  if (count != sizeof(request) || header == nullptr) return false;
  std::memcpy(&channels, CMSG_DATA(header), sizeof(channels));
  return true;
}

bool send(int socket, Request request, const Channels& channels) {
  Envelope envelope(request);
  cmsghdr* header = CMSG_FIRSTHDR(&envelope.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(channels));
  std::memcpy(CMSG_DATA(header), &channels, sizeof(channels));
  return sendmsg(socket, &envelope.message, MSG_NOSIGNAL) == sizeof(request);
}

[[noreturn]] void helper_main(int socket, const ComputationsById& computations) {
  // Ctrl-C goes to all processes of a terminal; what it means is the sweep's to say.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_IGN);  // nobody waits for those that watch
  Request request;
  Channels channels;
  while (receive(socket, request, channels)) {
    const pid_t watcher = fork();
    if (watcher == 0) {
      ::close(socket);
      std::signal(SIGCHLD, SIG_DFL);
      try {
        const auto& computation = computations.at(std::string(request.id.data(), request.id.size()));
        write_all(channels.audience, answer_to(*computation, request, channels));
      } catch (const std::exception& error) {
        write_all(channels.audience, packed(failed_end(error.what())));
      }
      ::_exit(0);
    }
    if (watcher < 0)
      write_all(channels.audience, packed(failed_end(fmt::format("cannot start a process: {}", strerror(errno)))));
    channels.close();
  }
  ::_exit(0);
}

// Reads the answer and serves the task's parts meanwhile. Nothing when `drop` was raised before the end.
std::optional<std::string> listen(int audience, int socket, Checkpoint& checkpoint, const std::atomic<bool>& drop) {
  std::string answer;
  std::array<pollfd, 2> watched{{{audience, POLLIN, 0}, {socket, POLLIN, 0}}};
  while (!drop) {
    constexpr int tick = 50;  // milliseconds between looks at `drop`
    if (poll(watched.data(), watched.size(), tick) <= 0) continue;
    if (watched[1].revents != 0 && !answer_checkpoint_request(socket, checkpoint)) watched[1].fd = -1;
    if (watched[0].revents == 0) continue;
    std::array<char, 65536> buffer{};
    const ssize_t count = ::read(audience, buffer.data(), buffer.size());
    if (count > 0) answer.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return answer;
  }
  return std::nullopt;
}

}  // namespace

Isolation::Isolation(Computations computations) {
  ComputationsById table;
  for (auto& computation : computations) {
    std::string id = computation->id();
    table.emplace(std::move(id), std::move(computation));
  }
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error(fmt::format("cannot make a socket: {}", std::strerror(errno)));
  helper_ = fork();
  if (helper_ == 0) {
    ::close(ends[0]);
    helper_main(ends[1], table);
  }
  const int error = errno;
  ::close(ends[1]);
  requests_ = ends[0];
  if (helper_ > 0) return;
  ::close(requests_);
  throw std::runtime_error(fmt::format("cannot start a process: {}", std::strerror(error)));
}

Isolation::~Isolation() {
  ::close(requests_);
  waitpid(helper_, nullptr, 0);
}

std::optional<TaskEnd> Isolation::run(const Computation& computation, std::int64_t trial, TimeLimit limit,
                                      Checkpoint& checkpoint, const std::atomic<bool>& drop) const {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0)
    return failed_end(fmt::format("cannot make a pipe: {}", strerror(errno)));
  std::array<int, 2> socket_ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket_ends.data()) != 0) {
    const int error = errno;
    for (const int end : pipe_ends) ::close(end);
    return failed_end(fmt::format("cannot make a socket: {}", strerror(error)));
  }
  Request request;
  std::copy_n(computation.id().begin(), request.id.size(), request.id.begin());
  request.trial = trial;
  request.limit = limit.value_or(standard_limit).count();
  const Channels far{pipe_ends[1], socket_ends[1]};
  const bool sent = send(requests_, request, far);
  far.close();
  const Channels near{pipe_ends[0], socket_ends[0]};
  const std::optional<std::string> answer =
      sent ? listen(near.audience, near.checkpoint, checkpoint, drop) : std::string();
  near.close();
  if (!answer) return std::nullopt;
  const std::size_t line = answer->find('\n');
  if (line == std::string::npos) return failed_end(whose(computation) + "the process that watches it has ended");
  return TaskEnd{answer->substr(0, line), answer->substr(line + 1)};
}

}  // namespace pathquant
