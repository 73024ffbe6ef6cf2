// The threads that work on one layer: one parallel region for all of it, and none where there is one thread.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include "core/types.hpp"

namespace pathquant {

/// A team of threads inside run_team(). What one of them throws ends the work of all, and is thrown again by
/// run_team().
class Team {
 public:
  explicit Team(int threads) : threads_(threads) {}

  int threads() const { return threads_; }

  /// Shares out part(0) .. part(count - 1): each is done once, by whoever is free. All members call it with a counter
  /// of their own for this loop, 0 before; it does not wait for the others. Never throws.
  template <class Part>
  void share(std::atomic<Index>& next, Index count, Part&& part) {
    try {
      for (Index i = next++; i < count && !failed_; i = next++) part(i);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failed_) first_ = std::current_exception();
      failed_ = true;
    }
  }

  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  int threads_;
  std::mutex mutex_;
  std::atomic<bool> failed_ = false;
  std::exception_ptr first_;
};

/// Runs work(team) on `threads` threads at once. `work` must not throw but in share().
template <class Work>
void run_team(int threads, Work&& work) {
  Team team(threads);
  if (threads == 1) {
    work(team);
  } else {
#pragma omp parallel num_threads(threads)
    work(team);
  }
  team.rethrow();
}

}  // namespace pathquant
