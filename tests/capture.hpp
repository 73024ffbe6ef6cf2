// CAPTURE macro for doctest that also compiles with clang before 16. Those versions have no lambdas over structured
// bindings, which doctest uses to delay the formatting of a value until a check fails.
#pragma once

#include <doctest/doctest.h>

#if defined(__clang__) && __clang_major__ < 16
#undef CAPTURE
#define PATHQUANT_CAPTURED(text, x)                  \
  const doctest::String text = doctest::toString(x); \
  INFO(#x " := ", text)
#define CAPTURE(x) PATHQUANT_CAPTURED(DOCTEST_ANONYMOUS(captured_), x)
#endif
