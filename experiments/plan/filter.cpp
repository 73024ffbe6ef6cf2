#include <fmt/format.h>

#include <algorithm>

#include "experiments/plan/plan.hpp"

namespace pathquant {
namespace {

bool equals(const nlohmann::ordered_json& value, const std::string& text) {
  if (value.is_string()) return value.get<std::string>() == text;
  const Node wanted = parse_command_line_value(text, "--filter");
  return wanted.kind == Node::Kind::scalar && to_json_tree(wanted) == value;
}

}  // namespace

Filter parse_filter(const std::string& text) {
  const std::size_t sign = text.find('=');
  const bool negated = sign != std::string::npos && sign > 0 && text[sign - 1] == '!';
  const std::size_t end = negated ? sign - 1 : sign;
  if (sign == std::string::npos || end == 0 || sign + 1 == text.size())
    throw std::invalid_argument(fmt::format("--filter takes key=value[,value] or key!=value, not '{}'", text));
  Filter filter;
  filter.negated = negated;
  filter.column = text.substr(0, end);
  std::replace(filter.column.begin(), filter.column.end(), '.', '_');
  std::size_t start = sign + 1;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    filter.values.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return filter;
}

std::vector<PlannedCell> filtered(const std::vector<PlannedCell>& cells, const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    const bool known = std::any_of(cells.begin(), cells.end(), [&](const PlannedCell& c) {
      return find_column(*c.cell, filter.column) != nullptr;
    });
    if (known) continue;
    throw std::invalid_argument(fmt::format("--filter: no cell has a column '{}'{}", filter.column,
                                            suggestion(filter.column, column_names(cells))));
  }
  std::vector<PlannedCell> kept;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(kept), [&](const PlannedCell& planned) {
    return std::all_of(filters.begin(), filters.end(), [&](const Filter& filter) {
      const auto* value = find_column(*planned.cell, filter.column);
      const bool found = value != nullptr && std::any_of(filter.values.begin(), filter.values.end(),
                                                         [&](const std::string& text) { return equals(*value, text); });
      return found != filter.negated;
    });
  });
  return kept;
}

}  // namespace pathquant
