#include "core/execution.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace interrupt_test {

void poll_often(const ExecutionContext& execution) {
  for (int i = 0; i < 100; ++i) execution.poll();
}

TEST_CASE("nothing stops work that nobody asked to stop") {
  CHECK_NOTHROW(poll_often(ExecutionContext()));
  const std::atomic<bool> stop = false;
  CHECK_NOTHROW(poll_often(ExecutionContext(&stop, ExecutionContext::Clock::now() + std::chrono::hours(1))));
}

TEST_CASE("the stop flag is seen at the next poll, and is no timeout") {
  std::atomic<bool> stop = false;
  const ExecutionContext execution(&stop, ExecutionContext::Clock::now() + std::chrono::hours(1));
  execution.poll();
  stop = true;
  bool timed_out = false;
  try {
    execution.poll();
    FAIL("not stopped");
  } catch (const TimedOut&) {
    timed_out = true;
  } catch (const Stopped&) {
  }
  CHECK_FALSE(timed_out);
}

TEST_CASE("a deadline is seen within 32 polls") {
  CHECK_THROWS_AS(ExecutionContext(nullptr, ExecutionContext::Clock::now()).poll(), TimedOut);
  const auto deadline = ExecutionContext::Clock::now() + std::chrono::milliseconds(5);
  const ExecutionContext execution(nullptr, deadline);
  execution.poll();
  while (ExecutionContext::Clock::now() < deadline) continue;
  int polls = 0;
  CHECK_THROWS_AS(
      {
        while (true) {
          ++polls;
          execution.poll();
        }
      },
      TimedOut);
  CHECK(polls <= 32);
}

}  // namespace interrupt_test
