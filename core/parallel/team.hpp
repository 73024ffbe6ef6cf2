// The threads that work on one layer: one parallel region for all of it, and none where there is one thread. What they
// share beside that region are loops that whoever comes helps with.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

/// Parts 0, 1, .. of some work, each done once by one of the threads that come by. Parts must not throw.
class SharedLoop {
 public:
  /// Returns when all parts below `limit` are done, by this thread or by others. Limits never fall.
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

/// Parts 0 .. count - 1 of some work, each done once and in good time, by one of the threads that want it or one after
/// it. Parts must not throw.
class SharedParts {
 public:
  explicit SharedParts(Index count) : done_(static_cast<std::size_t>(count)) {}

  /// Does what parts below `limit` nobody has begun, and returns when the first `wanted` are done, wanted <= limit.
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
  std::atomic<Index> waited_ = 0;  // all before it are done; where threads write it at once, the lower may stay
  std::vector<std::atomic<bool>> done_;
};

/// A team of threads inside run_team().
class Team {
 public:
  explicit Team(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  /// Whether a member threw.
  bool failed() const { return failed_; }

  /// Shares out part(0) .. part(count - 1): each is done once, by whoever is free, and none is begun after another
  /// threw. All members call it with one counter, 0 at first; it does not wait for the others.
  template <class Part>
  void share(std::atomic<Index>& next, Index count, Part&& part) {
    for (Index i = next++; i < count && !failed_; i = next++) part(i);
  }

  /// Runs work and keeps what it throws, the first of all.
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

/// Runs work(team) on `threads` threads at once, and throws what one of them threw.
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
