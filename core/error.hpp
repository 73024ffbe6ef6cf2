// The base class of errors that a user can act on, and the exit codes of a program that ends with one.
#pragma once

#include <stdexcept>
#include <string>

namespace pathquant {

enum ExitCode {
  all_good = 0,
  some_failed = 1,  ///< some task failed or timed out, or what was asked for is not so
  bad_usage = 2,    ///< of the command line, a config or a data file
  internal_error = 3
};

/// An error whose text says what is wrong and what to do. Any other exception that ends the program is a defect of it.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ExitCode exit_code = bad_usage)
      : std::runtime_error(message), exit_code_(exit_code) {}

  ExitCode exit_code() const { return exit_code_; }
  /// Whether each line of the message begins with the place of the fault ("config.yaml:3:7: "), so that no name belongs
  /// before it.
  virtual bool begins_with_place() const { return false; }

 private:
  ExitCode exit_code_;
};

}  // namespace pathquant
