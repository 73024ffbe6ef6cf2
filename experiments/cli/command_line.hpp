// The command line: finds the command, parses its options, loads the plugins and runs it.
#pragma once

#include <string>
#include <vector>

namespace pathquant::cli {

/// Runs what the words ask for and returns the exit code. `argv` begins with the program's name. Throws UsageError for
/// an unknown command, and whatever the command throws.
int run_command_line(const std::vector<std::string>& argv);

}  // namespace pathquant::cli
