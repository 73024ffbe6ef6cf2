// Work in a process of its own, so that its crash, its hanging and its memory are its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace pathquant {

struct ForkedEnd {
  enum class How {
    ended,      ///< by itself, well or not: see `status`
    late,       ///< killed at its limit
    flooded,    ///< killed for writing without end
    abandoned,  ///< killed because nobody waits for its answer any more
  };
  How how = How::ended;
  int status = 0;                          ///< as waitpid has it
  std::optional<std::string> answer = {};  ///< of the work; absent where it did not come to that
  std::string output = {};                 ///< what it wrote to stdout and stderr, bounded
};

/// Work that returns its answer; `stop` is raised when it is to end.
using ForkedWork = std::function<std::string(const std::atomic<bool>& stop)>;

/// Forks and runs `work` in the child, with a process group of its own and an empty stdin. What is late is told to stop
/// and, half a second later, killed with all that it has started. `audience` is the writing end of a pipe whose reader
/// wants the answer (-1: there is none): when the reader goes, so does the child. The caller must have one thread only.
/// Throws std::runtime_error when there can be no other process.
ForkedEnd run_forked(const ForkedWork& work, std::optional<std::chrono::duration<double>> limit, int audience = -1);

/// What happened, as the end of a sentence about the work: "crashed: signal 11 (Segmentation fault)".
std::string what_happened(const ForkedEnd& end, std::optional<std::chrono::duration<double>> limit);

/// How a process ended that should not have: "ended with exit code 3", "crashed: signal 11 (Segmentation fault)".
std::string ending(int status);

/// "; it wrote: ..." or nothing.
std::string what_it_wrote(const std::string& output);

}  // namespace pathquant
