// What a column of the records is. An experiment declares its measured columns; those of the parameters come from the
// parameter tables. Everything that reads columns (collection, statements, plan checks, figures) asks this table.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace pathquant {

enum class ColumnKind {
  parameter,  ///< the same in all trials of a cell
  measured,   ///< a number that trials may change
  error,      ///< ... that says how large the error is: exponents, comparisons and the leaderboard are of these
  cost,       ///< ... that says what it takes: exponents and comparisons are of these too
  word,       ///< a text, which has no mean
};
std::string to_text(ColumnKind kind);

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::measured;
  std::string unit = {};   ///< empty: a pure number, or none
  std::string label = {};  ///< of a figure's axis, without the unit; TeX between dollars; empty: the name
  std::string meaning = {};
};

using ColumnTable = std::vector<Column>;

/// Appends `more` to `table`.
ColumnTable operator+(ColumnTable table, const ColumnTable& more);
const Column* find(const ColumnTable& table, std::string_view name);
/// The columns of these names, in the table's order. Throws std::logic_error where the table lacks one.
ColumnTable selected(const ColumnTable& table, std::initializer_list<std::string_view> names);
/// The names of the columns of these kinds, in the table's order.
std::vector<std::string> names_of(const ColumnTable& table, std::initializer_list<ColumnKind> kinds);
/// The kinds of what a trial finds out: all but the parameters.
inline constexpr std::initializer_list<ColumnKind> outcome_kinds = {ColumnKind::measured, ColumnKind::error,
                                                                    ColumnKind::cost, ColumnKind::word};

/// As `context.columns` of results.json has it.
nlohmann::ordered_json columns_to_json(const ColumnTable& table);

}  // namespace pathquant
