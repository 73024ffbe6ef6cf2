// Forked work: runs a function in a child process, so that a crash, a hang or its memory does not affect the parent.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace pathquant {

struct ForkedEnd {
  enum class How {
    ended,      ///< exited by itself or by a signal: see `status`
    late,       ///< killed at the time limit
    flooded,    ///< killed at the output limit
    abandoned,  ///< killed because no process waits for its answer
  };
  How how = How::ended;
  int status = 0;                          ///< as of waitpid
  std::optional<std::string> answer = {};  ///< returned by the work; absent if it did not return
  std::string output = {};                 ///< its stdout and stderr, bounded
};

/// Work that returns its answer. `stop` is set to request its end.
using ForkedWork = std::function<std::string(const std::atomic<bool>& stop)>;

/// Forks and runs `work` in the child, with a separate process group and an empty stdin. At the time limit the child is
/// asked to stop; half a second later it is killed with all its descendants. `audience` is the write end of a pipe
/// whose reader waits for the answer (-1: none): when the reader closes it, the child is killed. The caller must have
/// one thread only. Throws std::runtime_error when no process can be created.
ForkedEnd run_forked(const ForkedWork& work, std::optional<std::chrono::duration<double>> limit, int audience = -1);

/// Predicate of a sentence about the work that describes its end: "crashed: signal 11 (Segmentation fault)".
std::string what_happened(const ForkedEnd& end, std::optional<std::chrono::duration<double>> limit);

/// Describes the unexpected end of a process: "ended with exit code 3", "crashed: signal 11 (Segmentation fault)".
std::string ending(int status);

/// "; it wrote: ...", or empty without output.
std::string what_it_wrote(const std::string& output);

}  // namespace pathquant
