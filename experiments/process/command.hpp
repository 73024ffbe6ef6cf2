// Command runner: starts a user's program without a shell and supervises it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/execution.hpp"

namespace pathquant {

/// Splits a command line into words: separated by blanks, quoted by '..' or "..", with backslash escapes inside "..".
/// There are no variables, redirections or patterns. Throws std::invalid_argument when a quote is not closed or there
/// is no word.
std::vector<std::string> command_words(std::string_view text);

struct CommandEnd {
  int status = 0;        ///< as of waitpid; -1: it could not be started, and `output` is the reason
  std::string output;    ///< its stdout and stderr, bounded
  bool flooded = false;  ///< it exceeded the output limit and was killed
};

/// Runs the program (searched in PATH) with an empty stdin and waits for its end. When `execution` requests a stop, the
/// program is killed and Stopped is thrown.
CommandEnd run_command(const std::vector<std::string>& words, const ExecutionContext& execution);

}  // namespace pathquant
