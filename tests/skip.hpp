// Test cases that cannot run here, because something that they need is missing. They end by `return skip(reason)`.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace pathquant::testing {

/// The exit status of a run in which nothing but skipped test cases was found.
inline constexpr int all_skipped = 77;

/// Test case -> why it was skipped.
inline std::map<std::string, std::string>& skipped_cases() {
  static std::map<std::string, std::string> cases;
  return cases;
}

/// Says that the test case that is running cannot run here.
inline void skip(const std::string& reason) {
  skipped_cases()[doctest::getContextOptions()->currentTest->m_name] = reason;
}

}  // namespace pathquant::testing
