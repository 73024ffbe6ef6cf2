// doctest with a CAPTURE that clang before 16 compiles too: it has no lambdas over structured bindings, with which
// doctest puts off the writing of a number until a check fails.
#pragma once

#include <doctest/doctest.h>

#if defined(__clang__) && __clang_major__ < 16
#undef CAPTURE
#define PATHQUANT_CAPTURED(text, x)                  \
  const doctest::String text = doctest::toString(x); \
  INFO(#x " := ", text)
#define CAPTURE(x) PATHQUANT_CAPTURED(DOCTEST_ANONYMOUS(captured_), x)
#endif
