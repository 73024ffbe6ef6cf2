#include "experiments/cli/figure.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "experiments/provenance.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace pathquant::cli {
namespace {

struct ChildOutput {
  int code = -1;
  std::string text;  ///< its standard output and error
};

ChildOutput run_child(const std::vector<std::string>& command) {
  ChildOutput output;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return output;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed == 0) {
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;)
      output.text.append(buffer.data(), static_cast<std::size_t>(count));
    int status = 0;
    waitpid(child, &status, 0);
    output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  close(ends[0]);
  return output;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

void draw_figure(const std::filesystem::path& results, bool changed, bool quiet) {
  const std::filesystem::path png = std::filesystem::path(results).replace_filename("figure.png");
  if (!changed && std::filesystem::exists(png)) return;
  const std::filesystem::path script = std::filesystem::path(build_provenance().source_dir) / "analysis" / "plot.py";
  // Debian's matplotlib serves Debian's python3; another one first on the path does not see it.
  const char* python = std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  const ChildOutput drawn =
      run_child({python, script.string(), results.string(), "-o", (png.parent_path() / "figure").string()});
  if (drawn.code != 0)
    fmt::print(stderr, "no figure: {}\n", drawn.text.empty() ? "python3 cannot be run" : last_line(drawn.text));
  else if (!quiet)
    fmt::print("{}", drawn.text);
}

}  // namespace pathquant::cli
