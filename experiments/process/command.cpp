#include "experiments/process/command.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "experiments/process/bounded_text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace pathquant {
namespace {

// The program's process, and the read end of the pipe of its output.
struct Started {
  pid_t process = 0;
  int output = -1;
  int error = 0;
};

Started start(const std::vector<std::string>& words) {
  Started started;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {0, -1, errno};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  started.error = posix_spawnp(&started.process, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  started.output = ends[0];
  fcntl(started.output, F_SETFL, O_NONBLOCK);
  return started;
}

// Reads the available output. Returns false at the end of the output.
bool read_some(int from, BoundedText& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count > 0) text.add({buffer.data(), static_cast<std::size_t>(count)});
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

std::vector<std::string> command_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    else if (quote == '"' && c == '\\' && i + 1 < text.size())
      words.back() += text[++i];
    else
      words.back() += c;
  }
  if (quote != 0) throw std::invalid_argument("a quote of the command is not closed");
  if (words.empty() || words.front().empty()) throw std::invalid_argument("the command names no program");
  return words;
}

CommandEnd run_command(const std::vector<std::string>& words, const ExecutionContext& execution) {
  const Started started = start(words);
  if (started.error != 0) {
    if (started.output >= 0) ::close(started.output);
    return {-1, std::strerror(started.error), false};
  }
  // Polling interval in milliseconds for events without a file descriptor. The process ends after its output.
  constexpr int tick = 20;
  constexpr int short_tick = 1;
  CommandEnd end;
  BoundedText text;
  bool open = true;
  bool over = false;
  try {
    while (!over) {
      execution.poll();
      pollfd watched{open ? started.output : -1, POLLIN, 0};
      poll(&watched, 1, open ? tick : short_tick);
      if (watched.revents != 0) open = read_some(started.output, text);
      end.flooded = text.total() > BoundedText::flood;
      if (end.flooded) kill(started.process, SIGKILL);
      over = waitpid(started.process, &end.status, end.flooded ? 0 : WNOHANG) == started.process;
    }
  } catch (...) {
    kill(started.process, SIGKILL);
    waitpid(started.process, nullptr, 0);
    ::close(started.output);
    throw;
  }
  // Read the last output. A process that it left running may keep the pipe open.
  for (std::size_t before = text.total() + 1; !end.flooded && before != text.total();) {
    before = text.total();
    read_some(started.output, text);
  }
  ::close(started.output);
  end.output = text.text();
  return end;
}

}  // namespace pathquant
