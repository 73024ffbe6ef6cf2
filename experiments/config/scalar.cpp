#include "experiments/config/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace pathquant {
namespace {

/// Parts of a number [+-]?digits[.digits][e[+-]digits]; absent when the text is not such a number.
struct NumberShape {
  std::string_view whole;  ///< the digits before the point
  bool real = false;       ///< has a point or an exponent
};

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c < '0' || c > '9'; });
  const auto count = static_cast<std::size_t>(end - rest.begin());
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

bool take_one_of(std::string_view& rest, std::string_view characters) {
  if (rest.empty() || characters.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<NumberShape> number_shape(std::string_view rest) {
  NumberShape shape;
  take_one_of(rest, "+-");
  shape.whole = take_digits(rest);
  std::size_t digits = shape.whole.size();
  if (take_one_of(rest, ".")) {
    shape.real = true;
    digits += take_digits(rest).size();
  }
  if (digits == 0) return std::nullopt;
  if (take_one_of(rest, "eE")) {
    shape.real = true;
    take_one_of(rest, "+-");
    if (take_digits(rest).empty()) return std::nullopt;
  }
  return rest.empty() ? std::optional(shape) : std::nullopt;
}

/// The number in all of `text`, absent when out of range. std::from_chars does not accept a leading +.
template <class Number>
std::optional<Number> convert(std::string_view text) {
  if (text.front() == '+') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

template <class Number>
TypedScalar typed_number(std::string_view text, const NumberShape& shape, const char* range) {
  TypedScalar scalar;
  const std::optional<Number> number = convert<Number>(text);
  if (number)
    scalar.value = *number;
  else
    scalar.value = std::string(text);
  if (!number) scalar.diagnostic = fmt::format("{} is out of the range of {}", text, range);
  // YAML 1.1 reads 010 as octal 8, YAML 1.2 as 10.
  if (shape.whole.size() > 1 && shape.whole.front() == '0')
    scalar.diagnostic = fmt::format("{} has a leading zero: write it without, or quote it for a text", text);
  return scalar;
}

bool is_not_finite(std::string_view text) {
  std::string_view word = text;
  take_one_of(word, "+-");
  return word == ".inf" || word == ".Inf" || word == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN";
}

}  // namespace

TypedScalar type_plain_scalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null") return {Node::Kind::null, {}, {}};
  if (text == "true" || text == "false") return {Node::Kind::scalar, text == "true", {}};
  if (is_not_finite(text))
    return {Node::Kind::scalar, std::string(text), fmt::format("{} is not a finite number", text)};
  if (const auto shape = number_shape(text)) {
    return shape->real ? typed_number<double>(text, *shape, "a double (about 5e-324 to 1.8e308)")
                       : typed_number<std::int64_t>(text, *shape, "a 64-bit integer (write 1e20 for a real number)");
  }
  return {Node::Kind::scalar, std::string(text), {}};
}

}  // namespace pathquant
