// How long work is run: it can be stopped from outside (polled once per input feature by everything that loops over
// features), and may use so many threads.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace pathquant {

/// Thrown by ExecutionContext::poll: the work was told to stop, or its time is over.
struct Stopped : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct TimedOut : Stopped {
  using Stopped::Stopped;
};

/// A stop flag that someone else may set, and a deadline; either may be absent. Cheap to poll: the clock is read every
/// 32nd time. Of several threads each polls a copy of its own.
class ExecutionContext {
 public:
  using Clock = std::chrono::steady_clock;

  ExecutionContext() = default;
  ExecutionContext(const std::atomic<bool>* stop, std::optional<Clock::time_point> deadline)
      : stop_(stop), deadline_(deadline) {}

  /// The same for work that may use `threads` >= 1 threads; without it, one.
  ExecutionContext with_threads(int threads) const {
    ExecutionContext more = *this;
    more.threads_ = threads;
    return more;
  }
  int threads() const { return threads_; }

  /// Throws Stopped or TimedOut.
  void poll() const {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) throw Stopped("stopped");
    if (deadline_ && polls_++ % 32 == 0 && Clock::now() >= *deadline_) throw TimedOut("time limit reached");
  }

 private:
  const std::atomic<bool>* stop_ = nullptr;
  std::optional<Clock::time_point> deadline_;
  int threads_ = 1;
  mutable unsigned polls_ = 0;
};

}  // namespace pathquant
