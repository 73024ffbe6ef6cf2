// Programs of the user's: started without a shell, and watched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/execution.hpp"

namespace pathquant {

/// The words of a command line as a user writes it: separated by blanks, quoted by '..' or "..", where a backslash
/// escapes within "..". Nothing else has a meaning: no variables, no redirections, no patterns. Throws
/// std::invalid_argument when a quote is not closed or there is no word.
std::vector<std::string> command_words(std::string_view text);

struct CommandEnd {
  int status = 0;        ///< as waitpid has it; -1: it could not be started, and `output` says why
  std::string output;    ///< its stdout and stderr, bounded
  bool flooded = false;  ///< it wrote without end and was killed
};

/// Runs the program (looked for in PATH) with an empty stdin and waits for its end. When `execution` says stop, it is
/// killed and Stopped goes on.
CommandEnd run_command(const std::vector<std::string>& words, const ExecutionContext& execution);

}  // namespace pathquant
