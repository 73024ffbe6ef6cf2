// What the commands of runsweep share: how a command registers itself, and words of the command line that several read.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/registry.hpp"
#include "experiments/config/config.hpp"

namespace CLI {
class App;
}

namespace pathquant::cli {

/// Bad usage; the text says where and what to do.
struct UsageError : Error {
  using Error::Error;
};

/// A command of runsweep. Its file defines the options and what runs, and registers them.
struct CommandEntry {
  /// Runs the command with the options that were parsed, and returns the exit code. `argv` is what the program was
  /// started with.
  using Run = std::function<int(const std::vector<std::string>& argv)>;
  /// Adds the options to the parser of this command.
  using SetUp = std::function<Run(CLI::App& parser)>;
  /// What a plugin that cannot be loaded means: the command goes on without it, or refuses to run.
  enum class RefusedPlugin { is_left_out, is_an_error };

  Description description;
  SetUp set_up;
  RefusedPlugin refused_plugin = RefusedPlugin::is_left_out;

  CommandEntry(const char* name, const char* summary, SetUp how, RefusedPlugin refused = RefusedPlugin::is_left_out)
      : set_up(std::move(how)), refused_plugin(refused) {
    description.name = name;
    description.summary = summary;
  }
};

/// key=value from the command line; nothing where there is no '='.
std::optional<Override> parse_override(const std::string& text);
/// The same for several words. Throws UsageError for a word without '='.
std::vector<Override> parse_overrides(const std::vector<std::string>& words);
/// 90, 90s, 10m, 3h in seconds. Throws UsageError.
std::chrono::duration<double> parse_duration(const std::string& text);
/// 4096, 512K, 300M, 2G in bytes. Throws UsageError.
std::size_t parse_bytes(const std::string& text);
/// --jobs, else SLURM_CPUS_PER_TASK, else the processors this process may run on.
int worker_count(std::optional<int> jobs);

}  // namespace pathquant::cli
