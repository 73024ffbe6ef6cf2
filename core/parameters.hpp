// Typed parameter tables. All that a user sees of a quantizer's, law's or line's parameters - validation, `list`,
// `explain`, defaults, suggestions - comes from its table.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pathquant {

using Value = std::variant<bool, std::int64_t, double, std::string>;

enum class ValueType {
  boolean,
  integer,
  real,  ///< an integer is accepted and becomes a double
  word,  ///< one of `words`
  text,  ///< anything that is not empty
  file,  ///< a path; its content takes part in a cell's identity
  list,  ///< ascending numbers in one text, separated by commas or blanks; kept with commas and shortest numbers
};

/// One row of a parameter table. Built fluently: integer("samples", "number of rows of X").at_least(1).required().
struct Parameter {
  std::string name;  ///< dots nest: "alphabet.step" is key `step` of the mapping `alphabet`
  ValueType type = ValueType::real;
  std::string meaning;
  std::optional<Value> standard = {};  ///< the value where none is given
  bool must_be_given = false;          ///< neither required nor standard: absent means "not set"
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool above_minimum = false;           ///< minimum itself is not admissible
  std::vector<std::string> words = {};  ///< the admissible words (type word), or words admitted beside numbers
  std::string label = {};               ///< of a figure's axis, in TeX between dollars; empty: the name
  std::string unit = {};                ///< behind that label

  Parameter&& defaults_to(Value value) &&;
  Parameter&& required() &&;
  Parameter&& at_least(double bound) &&;
  Parameter&& above(double bound) &&;
  Parameter&& at_most(double bound) &&;
  Parameter&& or_word(std::string word) &&;
  Parameter&& labelled(std::string axis, std::string unit_of_it = "") &&;
};

Parameter boolean(std::string name, std::string meaning);
Parameter integer(std::string name, std::string meaning);
Parameter real(std::string name, std::string meaning);
Parameter word(std::string name, std::vector<std::string> words, std::string meaning);
Parameter text(std::string name, std::string meaning);
Parameter file(std::string name, std::string meaning);
Parameter list(std::string name, std::string meaning);

using ParameterTable = std::vector<Parameter>;

/// Appends `more` to `table`.
ParameterTable operator+(ParameterTable table, const ParameterTable& more);
const Parameter* find(const ParameterTable& table, std::string_view name);

/// The value as text: shortest round-trip numbers, words as they are.
std::string to_text(const Value& value);
/// What is admissible, as a phrase: "an integer >= 1 or 'infinite'".
std::string admissible(const Parameter& parameter);
/// The value as the parameter's type has it (an integer becomes a real where one is wanted).
/// Throws std::invalid_argument with the rule as its text when the value is not admissible.
Value conform(const Parameter& parameter, const Value& value);

/// Values by name. Reading one that is not there, or as another type, is a programming error (std::logic_error).
class Parameters {
 public:
  Parameters() = default;
  /// Checks `given` against the table and fills in the standard values.
  /// Throws std::invalid_argument for an unknown name, an inadmissible value or a missing required one.
  Parameters(const ParameterTable& table, const std::map<std::string, Value>& given);

  bool has(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  const std::string& word(std::string_view name) const;
  std::vector<double> list(std::string_view name) const;
  /// True where the value is this word (of a word parameter, or of a number that admits words).
  bool is(std::string_view name, std::string_view word) const;
  const std::map<std::string, Value, std::less<>>& values() const { return values_; }

 private:
  const Value& at(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace pathquant
