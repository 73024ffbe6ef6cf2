// Parameter values of a cell, with evaluation of the expressions among them.
//
// A number may be given as a text with an expression (expression.hpp) of the cell's numeric parameters, given or
// default. An expression uses their column names in the results: `width`, `samples`, `neurons`, `weights_high`,
// `quantizer_alphabet_bits`. Columns, records and the cell's identity contain the value, not the text. An integer
// parameter accepts integer values only. A parameter that also accepts words tries the text as a word first.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiments/config/section.hpp"

namespace pathquant {

class CellValues {
 public:
  /// Errors are added to `diagnostics`, each one once.
  explicit CellValues(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Adds the section's parameters. Reports missing parameters, and names that are not in `table`. An inherited name is
  /// dropped without a report if it is in `family`, the parameters of everything that the section could name.
  void add(const Section& section, const ParameterTable& table, const ParameterTable& family);

  /// Thrown where a value is missing because of an error that was reported.
  struct Invalid {};

  /// Default of a size column that no parameter gives, where there is one. It is computed at most once, and only when
  /// needed. May throw Invalid.
  using Size = std::optional<std::int64_t>;
  void provide(const std::string& column, std::function<Size()> size);

  /// The values of the section's parameters in `table`. Evaluates all of them, then throws Invalid if an error was
  /// reported about one of them, about a parameter that it depends on, or about a name of the section.
  Parameters resolve(const Section& section, const ParameterTable& table);

 private:
  struct Slot {
    Parameter parameter;
    std::string label;  ///< for diagnostics: inputs.width
    std::optional<Section::Given> given;
    std::function<Size()> provider;
    enum class State { open, under_way, done, failed } state = State::open;
    std::optional<Value> value;  ///< set when evaluated; absent where the parameter is not set
  };

  const std::optional<Value>& value_of(const std::string& column);
  std::optional<Value> worked_out(const Slot& slot);
  Value evaluated(const Slot& slot, const std::string& text);
  Value conforming(const Slot& slot, const Value& value, const std::string& origin);
  double number_of(const std::string& column);
  bool is_column(std::string name) const;
  std::vector<std::string> columns() const;
  [[noreturn]] void report(const Slot& slot, std::string message);
  [[noreturn]] void report_cycle(const std::string& column);

  Diagnostics& diagnostics_;
  std::map<std::string, Slot> slots_;  // by column
  std::vector<std::string> under_way_;
  std::set<std::string> refused_;  // sections with an unknown parameter name
};

}  // namespace pathquant
