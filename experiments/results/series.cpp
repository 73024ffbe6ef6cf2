#include "experiments/results/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "experiments/results/table.hpp"

namespace pathquant {
namespace {

const Row& value_of(const PlannedCell& planned, const std::string& column) {
  static const Row nothing = nullptr;
  const Row* value = find_column(*planned.cell, column);
  return value == nullptr ? nothing : *value;
}

bool moves_along(const std::vector<PlannedCell>& cells, const std::vector<std::string>& places,
                 const std::string& column, const std::function<bool(const Row&)>& may_move) {
  std::map<std::string, const Row*> decided;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Row& value = value_of(cells[i], column);
    if (!may_move(value) || *decided.emplace(places[i], &value).first->second != value) return false;
  }
  return true;
}

// As a person says it: the alphabet's levels are "levels".
std::string_view short_name(std::string_view column) {
  for (const std::string_view prefix : {"quantizer_alphabet_", "quantizer_"})
    if (column.starts_with(prefix)) return column.substr(prefix.size());
  return column;
}

}  // namespace

std::vector<Group> groups_along(const std::vector<PlannedCell>& cells, const std::vector<std::string>& places,
                                const std::function<bool(const Row&)>& may_move) {
  std::vector<std::string> fixed = column_names(cells);
  std::erase_if(fixed, [&](const std::string& column) { return moves_along(cells, places, column, may_move); });
  std::vector<std::string> telling = varying_columns(cells);
  std::erase_if(telling, [&](const std::string& c) { return std::find(fixed.begin(), fixed.end(), c) == fixed.end(); });
  std::vector<Group> groups;
  std::map<Row, std::size_t> known;  // what a group agrees in -> the group
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Row key = Row::array();
    for (const std::string& column : fixed) key.push_back(value_of(cells[i], column));
    const auto [found, fresh] = known.emplace(std::move(key), groups.size());
    if (fresh) groups.push_back({{}, cell_text(*cells[i].cell, telling)});
    groups[found->second].cells.push_back(i);
  }
  return groups;
}

std::string cell_text(const Cell& cell, const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    const std::string value = column_text(cell, column);
    if (value == "-") continue;
    if (!text.empty()) text += ", ";
    text += column == "quantizer_name" ? value : fmt::format("{} {}", short_name(column), value);
  }
  return text;
}

}  // namespace pathquant
