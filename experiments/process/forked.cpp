#include "experiments/process/forked.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "experiments/process/bounded_text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pathquant {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto grace = std::chrono::milliseconds(500);
// Polling interval in milliseconds for events without a file descriptor. The process ends after its answer.
constexpr int tick = 20;
constexpr int short_tick = 1;

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(int which) {
    if (ends.at(which) >= 0) ::close(ends.at(which));
    ends.at(which) = -1;
  }
};

std::atomic<bool> told_to_stop = false;

[[noreturn]] void be_the_child(const ForkedWork& work, Pipe& answer, Pipe& output, int audience) {
  setpgid(0, 0);
  if (audience >= 0) ::close(audience);
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(output.ends[1], STDOUT_FILENO);
  dup2(output.ends[1], STDERR_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  struct sigaction stop = {};
  stop.sa_handler = [](int) { told_to_stop = true; };
  sigemptyset(&stop.sa_mask);
  sigaction(SIGTERM, &stop, nullptr);
  const std::string text = work(told_to_stop);
  std::fflush(nullptr);
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(answer.ends[1], text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  // Destructors and exit handlers belong to the parent process, so skip them.
  ::_exit(0);
}

// Supervises one child until it and all its descendants have ended.
class Watch {
 public:
  Watch(pid_t child, int answer, int output, int audience, std::optional<Clock::time_point> deadline)
      : child_(child), answer_(answer), output_(output), audience_(audience), deadline_(deadline) {}

  ForkedEnd end() {
    while (!reaped_) {
      listen();
      look_at_the_clock();
      reaped_ = waitpid(child_, &end_.status, WNOHANG) == child_;
    }
    kill(-child_, SIGKILL);  // processes that it left running
    while (take(answer_, [this](std::string_view text) { result_ += text; })) {
    }
    while (output_text_.total() <= BoundedText::flood && take_output()) {
    }
    if (WIFEXITED(end_.status) && WEXITSTATUS(end_.status) == 0 && end_.how == ForkedEnd::How::ended)
      end_.answer = std::move(result_);
    end_.output = output_text_.text();
    return std::move(end_);
  }

 private:
  void listen() {
    std::array<pollfd, 3> watched{{{answer_, POLLIN, 0}, {output_, POLLIN, 0}, {audience_, 0, 0}}};
    if (closed_) watched[0].fd = -1;
    if (silent_) watched[1].fd = -1;
    poll(watched.data(), watched.size(), closed_ ? short_tick : tick);
    if (watched[0].revents != 0) closed_ = !take(answer_, [this](std::string_view text) { result_ += text; });
    if (watched[1].revents != 0) silent_ = !take_output();
    if (output_text_.total() > BoundedText::flood) stop(ForkedEnd::How::flooded);
    if ((watched[2].revents & (POLLERR | POLLHUP)) != 0) stop(ForkedEnd::How::abandoned);
  }

  // Returns false when nothing is available, now or at the end.
  template <class Sink>
  static bool take(int from, Sink sink) {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count <= 0) return false;
    sink(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    return true;
  }
  bool take_output() {
    return take(output_, [this](std::string_view text) { output_text_.add(text); });
  }

  void look_at_the_clock() {
    const auto now = Clock::now();
    if (deadline_ && now >= *deadline_) stop(ForkedEnd::How::late);
    if (kill_at_ && now >= *kill_at_) kill(-child_, SIGKILL);
  }

  void stop(ForkedEnd::How why) {
    if (kill_at_) return;
    end_.how = why;
    kill_at_ = Clock::now() + grace;
    kill(child_, SIGTERM);
  }

  pid_t child_;
  int answer_, output_, audience_;
  std::optional<Clock::time_point> deadline_, kill_at_;
  bool closed_ = false, silent_ = false, reaped_ = false;
  std::string result_;
  BoundedText output_text_;
  ForkedEnd end_;
};

}  // namespace

ForkedEnd run_forked(const ForkedWork& work, std::optional<std::chrono::duration<double>> limit, int audience) {
  std::optional<Clock::time_point> deadline;
  if (limit) deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(*limit);
  Pipe answer;
  Pipe output;
  for (const int end : {answer.ends[0], output.ends[0]}) fcntl(end, F_SETFL, O_NONBLOCK);
  std::fflush(nullptr);  // otherwise the child would write the buffers again
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (child == 0) be_the_child(work, answer, output, audience);
  setpgid(child, child);  // parent and child both call it, as either may run first
  answer.close_end(1);
  output.close_end(1);
  return Watch(child, answer.ends[0], output.ends[0], audience, deadline).end();
}

std::string what_happened(const ForkedEnd& end, std::optional<std::chrono::duration<double>> limit) {
  switch (end.how) {
    case ForkedEnd::How::late:
      return fmt::format("took longer than the limit of {} s and was stopped", limit ? limit->count() : 0);
    case ForkedEnd::How::flooded:
      return fmt::format("wrote more than {} MiB and was stopped", BoundedText::flood >> 20);
    case ForkedEnd::How::abandoned:
      return "was stopped";
    case ForkedEnd::How::ended:
      break;
  }
  return ending(end.status);
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return fmt::format("crashed: signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

std::string what_it_wrote(const std::string& output) {
  return output.empty() ? "" : "; it wrote: " + output;
}

}  // namespace pathquant
