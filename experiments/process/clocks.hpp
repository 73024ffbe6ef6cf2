// Clocks: seconds since an unspecified moment, for differences.
#pragma once

#include <time.h>

namespace pathquant {

inline double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}
/// CPU time of this thread.
inline double thread_seconds() {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
/// Time of a monotonic wall clock.
inline double wall_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

}  // namespace pathquant
