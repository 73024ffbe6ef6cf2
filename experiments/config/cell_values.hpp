// The parameters of a cell, and the expressions among them.
//
// A number may be given as a text: an expression (expression.hpp) of the cell's own columns, which are the numbers
// among its parameters, given or standard, under the names that they have in the results: `width`, `samples`,
// `neurons`, `weights_high`, `quantizer_alphabet_bits`. Its value takes the text's place in columns, records and
// identity. A parameter of integers takes a whole number only; one that also takes words prefers them.
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
  /// What is found wrong goes to `diagnostics`, each thing once.
  explicit CellValues(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Takes the section's parameters in. Reports of names that are not in `table`, but drops inherited ones that are
  /// in `family`, the parameters of all that the section might name; and of missing ones.
  void add(const Section& section, const ParameterTable& table, const ParameterTable& family);

  /// Thrown where something is missing that was reported of.
  struct Invalid {};

  /// A column that no parameter gives is this number, where there is one: asked for at most once, and when something
  /// needs it. May throw Invalid.
  using Size = std::optional<std::int64_t>;
  void provide(const std::string& column, std::function<Size()> size);

  /// The values of those of the section's parameters that are in `table`. Throws Invalid when one of them, or one
  /// that it needs, or a name of the section was reported of; goes through all of them first.
  Parameters resolve(const Section& section, const ParameterTable& table);

 private:
  struct Slot {
    Parameter parameter;
    std::string label;  ///< for diagnostics: inputs.width
    std::optional<Section::Given> given;
    std::function<Size()> provider;
    enum class State { open, under_way, done, failed } state = State::open;
    std::optional<Value> value;  ///< when done; nothing where it is not set
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
  std::set<std::string> refused_;  // sections with a name that nothing has
};

}  // namespace pathquant
