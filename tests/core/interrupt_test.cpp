#include "core/interrupt.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace interrupt_test {

void poll_often(const Interrupt& interrupt) {
  for (int i = 0; i < 100; ++i) interrupt.poll();
}

TEST_CASE("nothing stops work that nobody asked to stop") {
  CHECK_NOTHROW(poll_often(Interrupt()));
  const std::atomic<bool> stop = false;
  CHECK_NOTHROW(poll_often(Interrupt(&stop, Interrupt::Clock::now() + std::chrono::hours(1))));
}

TEST_CASE("the stop flag is seen at the next poll, and is no timeout") {
  std::atomic<bool> stop = false;
  const Interrupt interrupt(&stop, Interrupt::Clock::now() + std::chrono::hours(1));
  interrupt.poll();
  stop = true;
  bool timed_out = false;
  try {
    interrupt.poll();
    FAIL("not stopped");
  } catch (const TimedOut&) {
    timed_out = true;
  } catch (const Stopped&) {
  }
  CHECK_FALSE(timed_out);
}

TEST_CASE("a deadline is seen within 32 polls") {
  CHECK_THROWS_AS(Interrupt(nullptr, Interrupt::Clock::now()).poll(), TimedOut);
  const auto deadline = Interrupt::Clock::now() + std::chrono::milliseconds(5);
  const Interrupt interrupt(nullptr, deadline);
  interrupt.poll();
  while (Interrupt::Clock::now() < deadline) continue;
  int polls = 0;
  CHECK_THROWS_AS(
      {
        while (true) {
          ++polls;
          interrupt.poll();
        }
      },
      TimedOut);
  CHECK(polls <= 32);
}

}  // namespace interrupt_test
