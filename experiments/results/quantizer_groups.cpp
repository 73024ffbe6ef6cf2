#include "experiments/results/quantizer_groups.hpp"

#include <algorithm>

#include "experiments/results/row.hpp"
#include "experiments/results/table.hpp"

namespace pathquant {
namespace {

// What stands for the quantizer: its name and the choices that are its own. A real number (a threshold) is none of
// these: it is an axis, along which quantizers are compared.
bool is_quantizers_own(const std::string& column) {
  return column.starts_with("quantizer_") && !column.starts_with("quantizer_alphabet_");
}

std::string quantizer_of(const PlannedCell& planned) {
  Row own = Row::object();
  for (const auto& [column, value] : planned.cell->columns())
    if (is_quantizers_own(column) && !value.is_number_float()) own[column] = value;
  return own.dump();
}

}  // namespace

QuantizerGroups quantizer_groups(const std::vector<MeasuredCell>& cells) {
  std::vector<PlannedCell> planned;
  std::vector<std::string> quantizers;
  for (const MeasuredCell& cell : cells) {
    planned.push_back(*cell.planned);
    quantizers.push_back(quantizer_of(*cell.planned));
  }
  // A quantizer is called by its name and by the choices in which it differs from others.
  std::vector<std::string> telling = {"quantizer_name"};
  for (const std::string& column : varying_columns(planned)) {
    const bool number = std::any_of(planned.begin(), planned.end(), [&](const PlannedCell& one) {
      const Row* value = find_column(*one.cell, column);
      return value != nullptr && value->is_number_float();
    });
    if (is_quantizers_own(column) && !number && column != "quantizer_name") telling.push_back(column);
  }
  QuantizerGroups found;
  for (const PlannedCell& one : planned) found.names.push_back(cell_text(*one.cell, telling));
  found.groups = groups_along(planned, quantizers, [](const Row&) { return true; });
  return found;
}

}  // namespace pathquant
