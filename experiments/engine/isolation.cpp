#include "experiments/engine/isolation.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "experiments/json_text.hpp"
#include "experiments/process/forked.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pathquant {
namespace {

using Computations = std::map<std::string, std::shared_ptr<const Computation>>;

// Travels with the descriptor that the answer is to be written to.
struct Request {
  std::array<char, 32> id{};
  std::int64_t trial = 0;
  double limit = 0;  // seconds
};

std::string reason(const std::string& text) {
  return to_json(nlohmann::json{{"error", text}});
}

// How a sentence about what went wrong begins: with whose work it was, where it was not the program's own.
std::string whose(const Computation& computation) {
  const std::string untrusted = computation.untrusted();
  return untrusted.empty() ? "" : untrusted + ": ";
}

// An answer is the status, a line's end, and the content.
std::string packed(const std::optional<TaskEnd>& end) {
  return end ? end->status + "\n" + end->content : "";
}

std::string answer_to(const Computation& computation, const Request& request, int audience) {
  const std::chrono::duration<double> limit(request.limit);
  const ForkedEnd end = run_forked(
      [&](const std::atomic<bool>& stop) {
        TaskCache cache(1);
        Checkpoint checkpoint;
        const ExecutionContext execution(&stop, std::nullopt);
        return packed(end_of_task(computation, {request.trial, execution, cache, checkpoint}, limit));
      },
      limit, audience);
  if (end.answer && !end.answer->empty()) return *end.answer;
  const char* status = end.how == ForkedEnd::How::late ? "timeout" : "failed";
  return packed(TaskEnd{
      status, reason(fmt::format("{}{}{}", whose(computation), what_happened(end, limit), what_it_wrote(end.output)))});
}

void write_all(int to, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(to, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

// Waits for a request; false when there will be none.
bool receive(int socket, Request& request, int& audience) {
  iovec part{&request, sizeof(request)};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = 0;
  do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (count != sizeof(request) || header == nullptr) return false;
  std::memcpy(&audience, CMSG_DATA(header), sizeof(int));
  return true;
}

bool send(int socket, Request request, int audience) {
  iovec part{&request, sizeof(request)};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &audience, sizeof(int));
  return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(request);
}

[[noreturn]] void helper_main(int socket, const Computations& computations) {
  // Ctrl-C goes to all processes of a terminal; what it means is the sweep's to say.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_IGN);  // nobody waits for those that watch
  Request request;
  int audience = -1;
  while (receive(socket, request, audience)) {
    const pid_t watcher = fork();
    if (watcher == 0) {
      ::close(socket);
      std::signal(SIGCHLD, SIG_DFL);
      try {
        const auto& computation = computations.at(std::string(request.id.data(), request.id.size()));
        write_all(audience, answer_to(*computation, request, audience));
      } catch (const std::exception& error) {
        write_all(audience, packed(TaskEnd{"failed", reason(error.what())}));
      }
      ::_exit(0);
    }
    if (watcher < 0)
      write_all(audience,
                packed(TaskEnd{"failed", reason(fmt::format("cannot start a process: {}", strerror(errno)))}));
    ::close(audience);
  }
  ::_exit(0);
}

}  // namespace

std::optional<TaskEnd> end_of_task(const Computation& computation, TaskContext context,
                                   std::optional<std::chrono::duration<double>> limit) {
  try {
    return TaskEnd{"ok", to_json(computation.run(context))};
  } catch (const TimedOut&) {
    return TaskEnd{"timeout", reason(fmt::format("took longer than the limit of {} s", limit ? limit->count() : 0))};
  } catch (const Stopped&) {
    return std::nullopt;
  } catch (const Skipped& skipped) {
    return TaskEnd{"skipped", reason(skipped.what())};
  } catch (const std::bad_alloc&) {
    return TaskEnd{"failed", reason("not enough memory for this task")};
  } catch (const std::exception& error) {
    return TaskEnd{"failed", reason(error.what())};
  } catch (...) {
    return TaskEnd{"failed", reason("an exception that is no std::exception")};
  }
}

Isolation::Isolation(std::vector<std::shared_ptr<const Computation>> computations) {
  Computations table;
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

std::optional<TaskEnd> Isolation::run(const Computation& computation, std::int64_t trial, Limit limit,
                                      const std::atomic<bool>& drop) const {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return TaskEnd{"failed", reason(fmt::format("cannot make a pipe: {}", strerror(errno)))};
  Request request;
  std::copy_n(computation.id().begin(), request.id.size(), request.id.begin());
  request.trial = trial;
  request.limit = limit.value_or(standard_limit).count();
  const bool sent = send(requests_, request, ends[1]);
  ::close(ends[1]);
  std::string answer;
  bool open = sent;
  while (open && !drop) {
    constexpr int tick = 50;  // milliseconds between looks at `drop`
    pollfd watched{ends[0], POLLIN, 0};
    if (poll(&watched, 1, tick) <= 0) continue;
    std::array<char, 65536> buffer{};
    const ssize_t count = ::read(ends[0], buffer.data(), buffer.size());
    if (count > 0) answer.append(buffer.data(), static_cast<std::size_t>(count));
    open = count > 0 || (count < 0 && errno == EINTR);
  }
  ::close(ends[0]);
  if (open) return std::nullopt;
  const std::size_t line = answer.find('\n');
  if (line == std::string::npos)
    return TaskEnd{"failed", reason(whose(computation) + "the process that watches it has ended")};
  return TaskEnd{answer.substr(0, line), answer.substr(line + 1)};
}

}  // namespace pathquant
