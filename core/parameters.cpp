#include "core/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace pathquant {

Parameter&& Parameter::defaults_to(Value value) && {
  standard = std::move(value);
  return std::move(*this);
}

Parameter&& Parameter::required() && {
  must_be_given = true;
  return std::move(*this);
}

Parameter&& Parameter::at_least(double bound) && {
  minimum = bound;
  return std::move(*this);
}

Parameter&& Parameter::above(double bound) && {
  minimum = bound;
  above_minimum = true;
  return std::move(*this);
}

Parameter&& Parameter::at_most(double bound) && {
  maximum = bound;
  return std::move(*this);
}

Parameter&& Parameter::or_word(std::string allowed) && {
  words.push_back(std::move(allowed));
  return std::move(*this);
}

Parameter&& Parameter::labelled(std::string axis, std::string unit_of_it) && {
  label = std::move(axis);
  unit = std::move(unit_of_it);
  return std::move(*this);
}

namespace {

Parameter of_type(ValueType type, std::string name, std::string meaning) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.type = type;
  parameter.meaning = std::move(meaning);
  return parameter;
}

// The numbers of a text, separated by commas or blanks; a comma follows each but the last, or none does.
// Throws std::invalid_argument saying which one is wrong.
std::vector<double> numbers_in(const std::string& name, std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<double> numbers;
  const auto skip = [&] { text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size())); };
  for (skip(); !text.empty(); skip()) {
    if (text.front() == ',' && !numbers.empty()) {
      text.remove_prefix(1);
      skip();
    }
    const std::string_view word = text.substr(0, text.find_first_of(", \t\r\n"));
    const std::string_view digits = word.starts_with('+') ? word.substr(1) : word;
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number))
      throw std::invalid_argument(
          fmt::format("{}: entry {} of the list, '{}', is not a number", name, numbers.size() + 1, word));
    if (!numbers.empty() && !(number > numbers.back()))
      throw std::invalid_argument(fmt::format("{}: the list must ascend, but its entry {} is {} after {}", name,
                                              numbers.size() + 1, number, numbers.back()));
    numbers.push_back(number == 0 ? 0.0 : number);
    text.remove_prefix(word.size());
  }
  return numbers;
}

bool is_among(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Parameter boolean(std::string name, std::string meaning) {
  return of_type(ValueType::boolean, std::move(name), std::move(meaning));
}

Parameter integer(std::string name, std::string meaning) {
  return of_type(ValueType::integer, std::move(name), std::move(meaning));
}

Parameter real(std::string name, std::string meaning) {
  return of_type(ValueType::real, std::move(name), std::move(meaning));
}

Parameter word(std::string name, std::vector<std::string> words, std::string meaning) {
  Parameter parameter = of_type(ValueType::word, std::move(name), std::move(meaning));
  parameter.words = std::move(words);
  return parameter;
}

Parameter text(std::string name, std::string meaning) {
  return of_type(ValueType::text, std::move(name), std::move(meaning));
}

Parameter file(std::string name, std::string meaning) {
  return of_type(ValueType::file, std::move(name), std::move(meaning));
}

Parameter list(std::string name, std::string meaning) {
  return of_type(ValueType::list, std::move(name), std::move(meaning));
}

ParameterTable operator+(ParameterTable table, const ParameterTable& more) {
  table.insert(table.end(), more.begin(), more.end());
  return table;
}

const Parameter* find(const ParameterTable& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Parameter& p) { return p.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string to_text(const Value& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

std::string admissible(const Parameter& parameter) {
  std::string text;
  switch (parameter.type) {
    case ValueType::boolean:
      return "true or false";
    case ValueType::text:
      return "a text";
    case ValueType::file:
      return "the path of a file";
    case ValueType::list:
      return "a text of ascending numbers such as '-1, 0, 1'";
    case ValueType::word:
      return parameter.words.size() == 1 ? fmt::format("'{}'", parameter.words.front())
                                         : fmt::format("one of {}", fmt::join(parameter.words, ", "));
    case ValueType::integer:
      text = "an integer";
      break;
    case ValueType::real:
      text = "a number";
      break;
  }
  const bool low = std::isfinite(parameter.minimum);
  const bool high = std::isfinite(parameter.maximum);
  if (low) text += fmt::format(" {} {}", parameter.above_minimum ? ">" : ">=", parameter.minimum);
  if (high) text += fmt::format("{} <= {}", low ? " and" : "", parameter.maximum);
  for (const std::string& allowed : parameter.words) text += fmt::format(" or '{}'", allowed);
  return text;
}

Value conform(const Parameter& parameter, const Value& value) {
  const auto refuse = [&]() -> Value {
    throw std::invalid_argument(
        fmt::format("{} must be {}, not {}", parameter.name, admissible(parameter), to_text(value)));
  };
  const auto in_range = [&](double number) {
    return std::isfinite(number) && number <= parameter.maximum &&
           (parameter.above_minimum ? number > parameter.minimum : number >= parameter.minimum);
  };
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool free = parameter.type == ValueType::file || parameter.type == ValueType::text;
    if (free && !text->empty()) return value;
    if (parameter.type == ValueType::list) {
      const std::vector<double> numbers = numbers_in(parameter.name, *text);
      return numbers.empty() ? refuse() : Value(fmt::format("{}", fmt::join(numbers, ",")));
    }
    return is_among(parameter.words, *text) ? value : refuse();
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (!in_range(static_cast<double>(*whole))) return refuse();
    if (parameter.type == ValueType::integer) return value;
    return parameter.type == ValueType::real ? Value(static_cast<double>(*whole)) : refuse();
  }
  if (const auto* number = std::get_if<double>(&value))
    return parameter.type == ValueType::real && in_range(*number) ? value : refuse();
  return parameter.type == ValueType::boolean ? value : refuse();
}

Parameters::Parameters(const ParameterTable& table, const std::map<std::string, Value>& given) {
  for (const auto& [name, value] : given) {
    const Parameter* parameter = find(table, name);
    if (parameter == nullptr) throw std::invalid_argument(fmt::format("there is no parameter {}", name));
    values_[name] = conform(*parameter, value);
  }
  for (const Parameter& parameter : table) {
    if (values_.contains(parameter.name)) continue;
    if (parameter.must_be_given)
      throw std::invalid_argument(fmt::format("{} is missing: {}", parameter.name, parameter.meaning));
    if (parameter.standard) values_[parameter.name] = conform(parameter, *parameter.standard);
  }
}

const Value& Parameters::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error(fmt::format("parameter {} is not set", name));
  return found->second;
}

namespace {

template <class T>
const T& as(const Value& value, std::string_view name) {
  if (const T* typed = std::get_if<T>(&value)) return *typed;
  throw std::logic_error(fmt::format("parameter {} has another type", name));
}

}  // namespace

bool Parameters::has(std::string_view name) const {
  return values_.find(name) != values_.end();
}
bool Parameters::boolean(std::string_view name) const {
  return as<bool>(at(name), name);
}
std::int64_t Parameters::integer(std::string_view name) const {
  return as<std::int64_t>(at(name), name);
}
double Parameters::real(std::string_view name) const {
  return as<double>(at(name), name);
}
const std::string& Parameters::word(std::string_view name) const {
  return as<std::string>(at(name), name);
}

std::vector<double> Parameters::list(std::string_view name) const {
  return numbers_in(std::string(name), as<std::string>(at(name), name));
}

bool Parameters::is(std::string_view name, std::string_view wanted) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return false;
  const auto* text = std::get_if<std::string>(&found->second);
  return text != nullptr && *text == wanted;
}

}  // namespace pathquant
