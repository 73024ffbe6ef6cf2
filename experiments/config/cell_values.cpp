#include "experiments/config/cell_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "experiments/config/config.hpp"
#include "experiments/config/expression.hpp"
#include "experiments/config/scalar.hpp"

namespace pathquant {
namespace {

std::vector<std::string> names_of(const ParameterTable& table) {
  std::vector<std::string> names;
  for (const Parameter& parameter : table) names.push_back(parameter.name);
  return names;
}

std::string column_of(const Section& section, const std::string& parameter) {
  return column_name(section.section + "." + parameter);
}

bool is_number(ValueType type) {
  return type == ValueType::integer || type == ValueType::real;
}

bool reads_as_number(const std::string& text) {
  const TypedScalar scalar = type_plain_scalar(text);
  return scalar.kind == Node::Kind::scalar && !std::holds_alternative<std::string>(scalar.value) &&
         !std::holds_alternative<bool>(scalar.value);
}

// Suggests a column for an unknown name: a column that is similar, or shares its last part.
std::string nearest_column(const std::string& name, std::vector<std::string> columns) {
  if (std::string near = suggestion(name, columns); !near.empty()) return near;
  for (const std::string& column : columns)
    if (column.ends_with("_" + name) || name.ends_with("_" + column))
      return fmt::format(" (did you mean '{}'?)", column);
  return "";
}

}  // namespace

void CellValues::add(const Section& section, const ParameterTable& table, const ParameterTable& family) {
  for (const auto& [name, given] : section.given) {
    if (find(table, name) != nullptr || (given.inherited && find(family, name) != nullptr)) continue;
    diagnostics_.push_back({given.key_at, fmt::format("{} '{}' has no parameter '{}'{}", section.section, section.name,
                                                      name, suggestion(name, names_of(table)))});
    refused_.insert(section.section);
  }
  Slot naming;
  naming.parameter = word(section.selector, {section.name}, "");
  naming.value = section.name;
  naming.state = Slot::State::done;
  slots_[column_of(section, section.selector)] = std::move(naming);
  for (const Parameter& parameter : table) {
    Slot slot;
    slot.parameter = parameter;
    slot.label = section.section + "." + parameter.name;
    const auto given = section.given.find(parameter.name);
    if (given != section.given.end()) slot.given = given->second;
    if (parameter.must_be_given && !slot.given)
      diagnostics_.push_back({section.at, fmt::format("{} is missing: {}", slot.label, parameter.meaning)});
    slots_[column_of(section, parameter.name)] = std::move(slot);
  }
}

void CellValues::provide(const std::string& column, std::function<Size()> size) {
  const auto [slot, is_new] = slots_.try_emplace(column);
  if (is_new) slot->second.label = column;
  slot->second.provider = std::move(size);
}

Parameters CellValues::resolve(const Section& section, const ParameterTable& table) {
  std::map<std::string, Value> values;
  bool all = !refused_.contains(section.section);
  for (const Parameter& parameter : table) {
    try {
      if (const auto& value = value_of(column_of(section, parameter.name))) values[parameter.name] = *value;
      all = all && (values.contains(parameter.name) || !parameter.must_be_given);
    } catch (const Invalid&) {
      all = false;
    }
  }
  if (!all) throw Invalid();
  return Parameters(table, values);
}

const std::optional<Value>& CellValues::value_of(const std::string& column) {
  Slot& slot = slots_.at(column);
  if (slot.state == Slot::State::failed) throw Invalid();
  if (slot.state == Slot::State::done) return slot.value;
  if (slot.state == Slot::State::under_way) report_cycle(column);
  slot.state = Slot::State::under_way;
  under_way_.push_back(column);
  try {
    slot.value = worked_out(slot);
    slot.state = Slot::State::done;
  } catch (...) {
    slot.state = Slot::State::failed;
    under_way_.pop_back();
    throw;
  }
  under_way_.pop_back();
  return slot.value;
}

// Reports a cycle of expressions. The last pending expression closes it.
void CellValues::report_cycle(const std::string& column) {
  std::vector<std::string> cycle(std::find(under_way_.begin(), under_way_.end(), column), under_way_.end());
  cycle.push_back(column);
  const auto last = std::find_if(under_way_.rbegin(), under_way_.rend(),
                                 [&](const std::string& name) { return slots_.at(name).given.has_value(); });
  const Slot& slot = slots_.at(last == under_way_.rend() ? column : *last);
  diagnostics_.push_back({slot.given ? slot.given->at : Position{},
                          fmt::format("{} depends on itself: {}", slot.label, fmt::join(cycle, " -> "))});
  throw Invalid();
}

std::optional<Value> CellValues::worked_out(const Slot& slot) {
  if (slot.given) {
    const auto* text = std::get_if<std::string>(&slot.given->value);
    const auto& words = slot.parameter.words;
    if (text != nullptr && is_number(slot.parameter.type) &&
        std::find(words.begin(), words.end(), *text) == words.end())
      return evaluated(slot, *text);
    return conforming(slot, slot.given->value, "");
  }
  if (slot.parameter.standard) return conform(slot.parameter, *slot.parameter.standard);
  if (!slot.provider) return std::nullopt;
  if (const Size size = slot.provider()) return *size;
  return std::nullopt;
}

Value CellValues::conforming(const Slot& slot, const Value& value, const std::string& origin) {
  try {
    return conform(slot.parameter, value);
  } catch (const std::invalid_argument& error) {
    const std::string section = slot.label.substr(0, slot.label.size() - slot.parameter.name.size());
    report(slot, fmt::format("{}{}{}", section, error.what(), origin));
  }
}

void CellValues::report(const Slot& slot, std::string message) {
  diagnostics_.push_back({slot.given->at, std::move(message)});
  throw Invalid();
}

Value CellValues::evaluated(const Slot& slot, const std::string& text) {
  const std::string wanted = fmt::format("{} must be {}", slot.label, admissible(slot.parameter));
  if (reads_as_number(text)) report(slot, fmt::format("{}, not the text '{}': leave out the quotes", wanted, text));
  if (is_one_name(text) && !is_column(text)) {
    std::vector<std::string> candidates = slot.parameter.words;
    for (const std::string& column : columns()) candidates.push_back(column);
    report(slot, fmt::format("{}, not {}{}", wanted, excerpt(text), nearest_column(text, std::move(candidates))));
  }
  double number = 0;
  try {
    number = evaluate_expression(text, [this](const std::string& name) { return number_of(name); });
  } catch (const ExpressionError& error) {
    report(slot, fmt::format("{}: {}", slot.label, error.what()));
  }
  number += 0.0;  // no negative zero in a record
  if (slot.parameter.type == ValueType::real)
    return conforming(slot, number, fmt::format(", from '{}'", excerpt(text)));
  if (number != std::floor(number))
    report(slot, fmt::format("{}, and '{}' is {}: use floor, ceil or round", wanted, excerpt(text), number));
  constexpr double largest = 0x1p62;
  if (std::abs(number) > largest) return conforming(slot, number, fmt::format(", from '{}'", excerpt(text)));
  return conforming(slot, static_cast<std::int64_t>(number), fmt::format(", from '{}'", excerpt(text)));
}

bool CellValues::is_column(std::string name) const {
  std::replace(name.begin(), name.end(), '.', '_');
  const auto& functions = expression_functions();
  return slots_.contains(name) || std::find(functions.begin(), functions.end(), name) != functions.end();
}

double CellValues::number_of(const std::string& column) {
  if (!slots_.contains(column))
    throw ExpressionError(fmt::format("there is no column '{}'{}", column, nearest_column(column, columns())));
  const std::optional<Value>& value = value_of(column);
  if (!value) throw ExpressionError(fmt::format("'{}' is not set in this cell", column));
  if (const auto* whole = std::get_if<std::int64_t>(&*value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&*value)) return *number;
  throw ExpressionError(fmt::format("'{}' is '{}', which is not a number", column, to_text(*value)));
}

// Names of the columns that may be numbers.
std::vector<std::string> CellValues::columns() const {
  std::vector<std::string> names;
  for (const auto& [column, slot] : slots_)
    if (is_number(slot.parameter.type)) names.push_back(column);
  return names;
}

}  // namespace pathquant
