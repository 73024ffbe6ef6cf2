#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "experiments/config/scalar.hpp"

using namespace pathquant;

namespace scalar_test {

bool is_integer(std::string_view text, std::int64_t value) {
  const TypedScalar typed = type_plain_scalar(text);
  return typed.diagnostic.empty() && typed.kind == Node::Kind::scalar && typed.value == Value(value);
}
bool is_real(std::string_view text, double value) {
  const TypedScalar typed = type_plain_scalar(text);
  return typed.diagnostic.empty() && typed.kind == Node::Kind::scalar && typed.value == Value(value);
}
bool is_text(std::string_view text) {
  const TypedScalar typed = type_plain_scalar(text);
  return typed.diagnostic.empty() && typed.kind == Node::Kind::scalar && typed.value == Value(std::string(text));
}
bool is_refused(std::string_view text) {
  return !type_plain_scalar(text).diagnostic.empty();
}

TEST_CASE("plain scalars are typed by what they look like") {
  for (const char* nothing : {"", "~", "null"}) CHECK(type_plain_scalar(nothing).kind == Node::Kind::null);
  CHECK(type_plain_scalar("true").value == Value(true));
  CHECK(type_plain_scalar("false").value == Value(false));
  CHECK(is_integer("0", 0));
  CHECK(is_integer("-0", 0));
  CHECK(is_integer("+5", 5));
  CHECK(is_integer("-17", -17));
  CHECK(is_integer("9223372036854775807", std::numeric_limits<std::int64_t>::max()));
  CHECK(is_integer("-9223372036854775808", std::numeric_limits<std::int64_t>::min()));
  CHECK(is_real("0.1", 0.1));
  CHECK(is_real("1e3", 1000.0));
  CHECK(is_real("-2.5E-3", -0.0025));
  CHECK(is_real("+.5", 0.5));
  CHECK(is_real("5.", 5.0));
  CHECK(is_real("1.7976931348623157e308", std::numeric_limits<double>::max()));
  CHECK(is_real("5e-324", std::numeric_limits<double>::denorm_min()));
  CHECK(std::signbit(std::get<double>(type_plain_scalar("-0.0").value)));
}

TEST_CASE("what is neither word nor number is a text") {
  for (const char* text :
       {"yes", "no", "on", "off", "True", "TRUE",  "gaussian", "0x10", "0o17", "1_000", "1:30", "1e",
        "e3",  ".",  "+",  "-",   "+-1",  "1.2.3", "1e3.5",    "inf",  "nan",  "1 2",   "12%",  "log2(width)"})
    CHECK_MESSAGE(is_text(text), text);
}

TEST_CASE("numbers that would be bent are refused") {
  for (const char* text : {"010", "-01", "00", "+007", "00.5", "01e2", "9223372036854775808", "-9223372036854775809",
                           "1e309", "-1e999", "1e-400", ".inf", "-.Inf", "+.INF", ".nan", ".NaN"})
    CHECK_MESSAGE(is_refused(text), text);
  CHECK(type_plain_scalar("-010").value == Value(std::int64_t{-10}));
  CHECK(type_plain_scalar(".nan").diagnostic == ".nan is not a finite number");
  CHECK(type_plain_scalar("1e309").value == Value(std::string("1e309")));
}

}  // namespace scalar_test
