#include "experiments/plan/plan_columns.hpp"

#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"

namespace pathquant {
namespace {

// A key of a cell that names a registered thing, and the column that holds the name.
struct Selector {
  const char* section;
  Column column;
  const Description* (*find)(const std::string& name);
};

template <class Entry>
const Description* registered(const std::string& name) {
  const Entry* entry = Registry<Entry>::instance().find(name);
  return entry == nullptr ? nullptr : &entry->description;
}

const std::vector<Selector>& selectors() {
  const auto named = [](const char* name, const char* label, const char* meaning) {
    return Column{name, ColumnKind::parameter, "", label, meaning};
  };
  static const std::vector<Selector> all = {
      {"quantizer", named("quantizer_name", "quantizer", "which quantizer"), registered<QuantizerEntry>},
      {"inputs", named("inputs_distribution", "law of the inputs", "the law of X"), registered<InputEntry>},
      {"inputs", named("inputs_dataset", "data set of the inputs", "where X is from"), registered<InputEntry>},
      {"weights", named("weights_distribution", "law of the weights", "the law of W"), registered<WeightEntry>}};
  return all;
}

const Parameter* find_by_column(const ParameterTable& table, const std::string& section, const std::string& column) {
  for (const Parameter& parameter : table)
    if (column_name(section + parameter.name) == column) return &parameter;
  return nullptr;
}

// The parameter behind a column of this cell; nullptr where no table has it.
const Parameter* parameter_of(const Cell& cell, const ExperimentEntry& experiment, const std::string& column) {
  for (const char* section : {"", "inputs.", "weights."})
    if (const Parameter* found = find_by_column(experiment.description.parameters, section, column)) return found;
  for (const Selector& selector : selectors()) {
    const nlohmann::ordered_json* name = find_column(cell, selector.column.name);
    if (name == nullptr || !name->is_string()) continue;
    const Description* description = selector.find(name->get<std::string>());
    if (description == nullptr) continue;
    if (const Parameter* found = find_by_column(description->parameters, std::string(selector.section) + ".", column))
      return found;
  }
  return nullptr;
}

Column describe(const Cell& cell, const ExperimentEntry& experiment, const std::string& column) {
  for (const Selector& selector : selectors())
    if (selector.column.name == column) return selector.column;
  Column described{column, ColumnKind::parameter};
  if (column == "precision") described.meaning = "of the arithmetic: float64 or float32";
  if (column.ends_with("_plugin")) described.meaning = "the plugin that brought it, with its version";
  if (const Parameter* parameter = parameter_of(cell, experiment, column)) {
    described.unit = parameter->unit;
    described.label = parameter->label;
    described.meaning = parameter->meaning;
  }
  return described;
}

}  // namespace

ColumnTable plan_columns(const std::vector<PlannedCell>& cells, const ExperimentEntry& experiment) {
  ColumnTable table = {{"seconds", ColumnKind::measured, "s", "time of a task", "drawing and measuring included"}};
  for (const PlannedCell& planned : cells)
    for (const auto& [column, value] : planned.cell->columns())
      if (find(table, column) == nullptr) table.push_back(describe(*planned.cell, experiment, column));
  return table + experiment.columns;
}

}  // namespace pathquant
