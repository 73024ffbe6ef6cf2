// Thread team for one layer: a single OpenMP region (none for one thread). Work inside the region is split by loops
// that any thread may join.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

/// Loop over parts 0, 1, .. that any thread may join. Each part runs once, on one thread. Parts must not throw.
class SharedLoop {
 public:
  /// Helps with the parts below `limit` and returns when all of them are done. Later calls never pass a smaller limit.
  template <class Part>
  void run(Index limit, Part&& part) {
    for (Index next = next_; next < limit;) {
      if (!next_.compare_exchange_weak(next, next + 1)) continue;
      part(next);
      if (++done_ == limit) done_.notify_all();
      next = next_;
    }
    for (Index done = done_; done < limit; done = done_) done_.wait(done);
  }

 private:
  std::atomic<Index> next_ = 0;
  std::atomic<Index> done_ = 0;
};

/// Parts 0 .. count - 1 of some work, computed ahead of their use. Each part runs once, on a thread that needs this
/// part or a later one. Parts must not throw.
class SharedParts {
 public:
  explicit SharedParts(Index count) : done_(static_cast<std::size_t>(count)) {}

  /// Runs the parts below `limit` that no thread has begun. Returns when the first `wanted` <= limit parts are done.
  template <class Part>
  void run(Index wanted, Index limit, Part&& part) {
    for (Index next = next_; next < limit;) {
      if (!next_.compare_exchange_weak(next, next + 1)) continue;
      part(next);
      std::atomic<bool>& done = done_[static_cast<std::size_t>(next)];
      done = true;
      done.notify_all();
      next = next_;
    }
    for (Index waited = waited_; waited < wanted; waited_ = ++waited)
      done_[static_cast<std::size_t>(waited)].wait(false);
  }

 private:
  std::atomic<Index> next_ = 0;
  std::atomic<Index> waited_ = 0;  // all parts before it are done; after a race the lower value may remain
  std::vector<std::atomic<bool>> done_;
};

/// The threads inside one run_team() call.
class Team {
 public:
  explicit Team(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  /// Whether a thread of the team has thrown.
  bool failed() const { return failed_; }

  /// Dynamic loop over part(0) .. part(count - 1): each part runs once, on the next free thread. No part begins after
  /// one has thrown. All threads call it with the same counter, initially 0. It has no barrier at its end.
  template <class Part>
  void share(std::atomic<Index>& next, Index count, Part&& part) {
    for (Index i = next++; i < count && !failed_; i = next++) part(i);
  }

  /// Runs `work` and stores the first exception of the team.
  template <class Work>
  void guard(Work&& work) {
    try {
      work();
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

/// Runs work(team) on `threads` threads at once. Rethrows the first exception that a thread threw.
template <class Work>
void run_team(int threads, Work&& work) {
  Team team(threads);
  if (threads == 1) {
    team.guard([&] { work(team); });
  } else {
#pragma omp parallel num_threads(threads)
    team.guard([&] { work(team); });
  }
  team.rethrow();
}

}  // namespace pathquant
