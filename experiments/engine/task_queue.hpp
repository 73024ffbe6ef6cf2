// The order in which workers take tasks.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "experiments/task/task.hpp"

namespace pathquant {

/// The costliest come first, for a large task at the end would leave the other workers idle; those that share something
/// are taken one after another by one worker, so that it is made once and not waited for. A worker that finds nothing
/// else helps with what another one is at. Thread-safe.
class TaskQueue {
 public:
  TaskQueue(std::vector<Task> tasks, int workers);
  /// The next task of this worker, 0 <= worker < workers; nothing when all are taken.
  std::optional<Task> take(int worker);

 private:
  using Group = std::deque<Task>;

  std::mutex mutex_;
  std::vector<Group> groups_;  // the first task of each is its costliest
  std::size_t started_ = 0;    // groups that a worker has taken on
  std::vector<Group*> at_;     // the group that each worker is at, or null
};

}  // namespace pathquant
