// Tests of expressions against the same arithmetic in C++, and against identities.
#include "experiments/config/expression.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace pathquant;

namespace expression_test {

double number_of(const std::string& name) {
  if (name == "width") return 1000;
  if (name == "samples") return 64;
  if (name == "weights_high") return 0.9;
  throw ExpressionError("there is no column '" + name + "'");
}

double value(const std::string& text) {
  return evaluate_expression(text, number_of);
}

/// What is wrong; empty when nothing is.
std::string fault(const std::string& text) {
  try {
    value(text);
  } catch (const ExpressionError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& part) {
  const std::string said = fault(text);
  CAPTURE(said);
  return said.find(part) != std::string::npos;
}

TEST_CASE("numbers, names and blanks") {
  CHECK(value("2") == 2);
  CHECK(value(" .5e1 ") == 5);
  CHECK(value("1e-3") == 0.001);
  CHECK(value("width") == 1000);
  CHECK(value("weights.high") == 0.9);
  CHECK(value("\twidth\n/ samples ") == 15.625);
}

TEST_CASE("what binds closer comes first, and equals from the left; powers from the right") {
  CHECK(value("2+3*4") == 14);
  CHECK(value("(2+3)*4") == 20);
  CHECK(value("7-2-1") == 4);
  CHECK(value("16/4/2") == 2);
  CHECK(value("2*3^2") == 18);
  CHECK(value("2^3^2") == 512);
  CHECK(value("-2^2") == -4);
  CHECK(value("(-2)^2") == 4);
  CHECK(value("2^-1") == 0.5);
  CHECK(value("2*-3") == -6);
  CHECK(value("1--1") == 2);
  CHECK(value("-(1+2)") == -3);
  CHECK(value("1/3+0.1") == 1.0 / 3.0 + 0.1);  // nothing is fused
}

TEST_CASE("functions") {
  CHECK(value("sqrt(samples)") == 8);
  CHECK(value("floor(-0.5)") == -1);
  CHECK(value("ceil(0.2)") == 1);
  CHECK(value("round(2.5)") == 3);
  CHECK(value("round(-2.5)") == -3);
  CHECK(value("round(0.49999999999999994)") == 0);
  CHECK(value("min(3, 1, 2)") == 1);
  CHECK(value("max(width, samples)") == 1000);
  CHECK(value("max(7)") == 7);
  CHECK(value("ceil(sqrt(width))") == 32);
  CHECK(value("log(1)") == 0);
  for (const double x : {1e-310, 0.3, 10.0, 1e300}) {
    CAPTURE(x);
    const auto of = [&](const std::string& name) {
      return evaluate_expression(name + "(x)", [&](const std::string&) { return x; });
    };
    CHECK(of("log") == doctest::Approx(std::log(x)).epsilon(1e-15).scale(0));
    CHECK(of("log2") == doctest::Approx(std::log2(x)).epsilon(1e-15).scale(0));
  }
}

TEST_CASE("log2 is exact for powers of two, twice too") {
  for (int k = -1074; k < 1024; ++k)
    REQUIRE(evaluate_expression("log2(x)", [&](const std::string&) { return std::ldexp(1.0, k); }) == k);
  CHECK(value("log2(log2(65536))") == 4);
  CHECK(value("log2(log2(256)) + 2") == 5);
}

TEST_CASE("whole powers are products") {
  for (const double x : {-3.0, 0.1, 7.25}) {
    double product = 1;
    for (int k = 0; k <= 3; ++k, product *= x) {
      const auto power = [&](const std::string& exponent) {
        return evaluate_expression("x^" + exponent, [&](const std::string&) { return x; });
      };
      CHECK(power(std::to_string(k)) == product);
      CHECK(power("-" + std::to_string(k)) == 1 / product);
    }
  }
  CHECK(value("3^30") == 205891132094649.0);
  CHECK(value("2^1023") == 0x1p1023);
  CHECK(value("0^0") == 1);
  CHECK(value("(-1)^9007199254740991") == -1);
}

TEST_CASE("other powers are right to what is promised of them") {
  std::mt19937_64 engine(7);
  std::uniform_real_distribution<double> base(0.01, 1e6), exponent(-20, 20);
  for (int i = 0; i < 2000; ++i) {
    const double x = base(engine), y = exponent(engine);
    const double found = evaluate_expression("x^y", [&](const std::string& name) { return name == "x" ? x : y; });
    const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    REQUIRE(std::abs(static_cast<double>(found / exact - 1)) <= (std::abs(y * std::log(x)) + 1) * 0x1p-50);
  }
  CHECK(value("0^0.5") == 0);
  CHECK(value("4^0.5") == doctest::Approx(2).epsilon(1e-15).scale(0));
  CHECK(value("round(width^(2/3))") == 100);
  CHECK(value("0.5^1000.5") == doctest::Approx(0x1p-1000 * std::sqrt(0.5)).epsilon(1e-12).scale(0));
  CHECK(value("0.5^2000.5") == 0);
}

TEST_CASE("what is no expression is told with the part concerned") {
  CHECK(says("", "a number, a name or '(' is missing before the end of ''"));
  CHECK(says("1 + ", "a number, a name or '(' is missing before the end of '1 +'"));
  CHECK(says("1 + * 2", "a number, a name or '(' is missing before '* 2' in '1 + * 2'"));
  CHECK(says("2**3", "a power is written ^, not **"));
  CHECK(says("2 width", "an operator is missing before 'width' in '2 width'"));
  CHECK(says("(1 + 2", "')' is missing before the end of '(1 + 2'"));
  CHECK(says("1)", "an operator is missing before ')'"));
  CHECK(says("lg(width)", "there is no function 'lg' (did you mean 'log'?): log, log2, sqrt, floor, ceil, round, min"));
  CHECK(says("log + 1", "'log' is a function: log(..)"));
  CHECK(says("log()", "is missing before ')'"));
  CHECK(says("sqrt(1, 2)", "'sqrt(1, 2)': sqrt takes one number, not 2"));
  CHECK(says("min(1, )", "is missing before ')'"));
  CHECK(says("1.2.3", "an operator is missing before '.3'"));
  CHECK(says(".", "is missing before '.'"));
  CHECK(says("width % 2", "an operator is missing before '% 2'"));
  CHECK(says("2 \u00b7 3", "an operator is missing before"));
  CHECK(says("nan", "there is no column 'nan'"));
  CHECK(says("+3", "is missing before '+3'"));
  CHECK(says("1e999", "1e999 is out of the range of a double"));
}

TEST_CASE("what has no value is told with the part concerned") {
  CHECK(says("1 + log(0*width)", "'log(0*width)': log takes a number > 0, not 0"));
  CHECK(says("log2(-1)", "log2 takes a number > 0, not -1"));
  CHECK(says("sqrt(1-2) + 1", "'sqrt(1-2)': sqrt takes a number >= 0, not -1"));
  CHECK(says("3 + width/(samples-64) + 1", "'width/(samples-64)' divides by 0"));
  CHECK(says("0^-1", "divides by 0"));
  CHECK(says("(-8)^(1/3)", "'(-8)^(1/3)': only an integer power of a number < 0 is defined"));
  CHECK(says("10^400 + 1", "'10^400' is not finite"));
  CHECK(says("10^400.5", "not finite"));
  CHECK(says("1e300*1e300", "'1e300*1e300' is not finite"));
  CHECK(says("1e308+1e308", "not finite"));
  CHECK(says("1e300/1e-300", "not finite"));
}

TEST_CASE("depth is bounded, length is not") {
  const auto nested = [](int depth) { return std::string(depth, '(') + "1" + std::string(depth, ')'); };
  CHECK(value(nested(63)) == 1);
  CHECK(says(nested(64), "nested over 64 deep"));
  CHECK(says(std::string(100000, '-') + "1", "nested over 64 deep"));
  CHECK(says(std::string(100000, '('), "nested over 64 deep"));
  std::string towers = "1";
  for (int i = 0; i < 100000; ++i) towers += "^1";
  CHECK(says(towers, "nested over 64 deep"));
  std::string sum = "1";
  for (int i = 0; i < 100000; ++i) sum += "+1*1";
  CHECK(value(sum) == 100001);
  CHECK(fault(sum + "x").size() < 300);
}

TEST_CASE("whatever the bytes are, there is a finite number or a reason") {
  std::mt19937 engine(11);
  const auto below = [&](std::size_t bound) { return engine() % bound; };
  const std::vector<std::string> pieces = {"width", "samples", "log", "log2(", "sqrt(", "min(", "max(", "floor(", "1",
                                           "0",     "2.5",     "1e9", "(",     ")",     ")",    ",",    "+",      "-",
                                           "*",     "/",       "^",   " ",     "x",     ".",    "1e",   "\xc3",   "-1"};
  int values = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t length = 1 + below(9); length > 0; --length)
      text += below(40) == 0 ? std::string(1, static_cast<char>(below(256))) : pieces[below(pieces.size())];
    std::string reason = "nothing";
    double found = 0;
    try {
      found = value(text);
      ++values;
    } catch (const ExpressionError& error) {
      reason = error.what();
    }
    CHECK(std::isfinite(found));
    CHECK(reason.size() > 5);
  }
  CHECK(values > 500);
}

TEST_CASE("random expressions have the value that C++ gives them") {
  // Built as text and number side by side.
  std::mt19937 engine(12);
  const std::function<std::pair<std::string, double>(int)> grow = [&](int depth) -> std::pair<std::string, double> {
    const auto choice = depth == 0 ? 0 : engine() % 6;
    if (choice == 0) {
      const auto n = static_cast<double>(engine() % 1000) / 8;
      return {std::to_string(n), n};
    }
    const auto [a, x] = grow(depth - 1);
    const auto [b, y] = grow(depth - 1);
    switch (choice) {
      case 1:
        return {"(" + a + "+" + b + ")", x + y};
      case 2:
        return {"(" + a + " - " + b + ")", x - y};
      case 3:
        return {a + "*" + b, x * y};
      case 4:
        return {"(-" + a + ")", -x};
      default:
        return {"max(" + a + "," + b + ")", std::max(x, y)};
    }
  };
  for (int round = 0; round < 500; ++round) {
    const auto [text, expected] = grow(5);
    if (std::isfinite(expected)) CHECK(value(text) == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("names alone are told from expressions") {
  CHECK(is_one_name(" infinite "));
  CHECK(is_one_name("alphabet.levels"));
  CHECK_FALSE(is_one_name("width+1"));
  CHECK_FALSE(is_one_name("2width"));
  CHECK_FALSE(is_one_name(""));
}

}  // namespace expression_test
