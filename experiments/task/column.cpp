#include "experiments/task/column.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace pathquant {

std::string to_text(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::parameter:
      return "parameter";
    case ColumnKind::measured:
      return "measured";
    case ColumnKind::error:
      return "error";
    case ColumnKind::cost:
      return "cost";
    case ColumnKind::word:
      break;
  }
  return "word";
}

ColumnTable operator+(ColumnTable table, const ColumnTable& more) {
  table.insert(table.end(), more.begin(), more.end());
  return table;
}

const Column* find(const ColumnTable& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Column& one) { return one.name == name; });
  return found == table.end() ? nullptr : &*found;
}

ColumnTable selected(const ColumnTable& table, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (find(table, name) == nullptr) throw std::logic_error(fmt::format("the table has no column '{}'", name));
  ColumnTable chosen = table;
  std::erase_if(chosen,
                [&](const Column& one) { return std::find(names.begin(), names.end(), one.name) == names.end(); });
  return chosen;
}

std::vector<std::string> names_of(const ColumnTable& table, std::initializer_list<ColumnKind> kinds) {
  std::vector<std::string> names;
  for (const Column& one : table)
    if (std::find(kinds.begin(), kinds.end(), one.kind) != kinds.end()) names.push_back(one.name);
  return names;
}

nlohmann::ordered_json columns_to_json(const ColumnTable& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Column& one : table)
    rows.push_back({{"name", one.name},
                    {"kind", to_text(one.kind)},
                    {"unit", one.unit},
                    {"label", one.label},
                    {"meaning", one.meaning}});
  return rows;
}

}  // namespace pathquant
