#include "experiments/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "experiments/plan/plan_columns.hpp"

namespace pathquant {
namespace {

using Assignment = std::pair<const Axis*, const Node*>;

// Calls `visit` with one assignment per axis for every point of the block: the grid's first axis varies slowest, the
// zipped axes step together and vary fastest.
template <class Visit>
void for_each_point(const SweepBlock& block, Visit visit) {
  // Lists of unequal length were reported of; their common part is gone through to find what else is wrong.
  std::size_t steps = block.zip.empty() ? 1 : block.zip.front().values.size();
  for (const Axis& axis : block.zip) steps = std::min(steps, axis.values.size());
  std::vector<std::size_t> index(block.grid.size(), 0);
  while (true) {
    for (std::size_t step = 0; step < steps; ++step) {
      std::vector<Assignment> point;
      for (std::size_t a = 0; a < block.grid.size(); ++a)
        point.emplace_back(&block.grid[a], &block.grid[a].values[index[a]]);
      for (const Axis& axis : block.zip) point.emplace_back(&axis, &axis.values[step]);
      visit(std::move(point));
    }
    std::size_t a = block.grid.size();
    while (a > 0 && ++index[a - 1] == block.grid[a - 1].values.size()) index[--a] = 0;
    if (a == 0) return;
  }
}

const Node* at_path(const Node& root, std::string_view path) {
  const Node* node = &root;
  while (node != nullptr) {
    const std::size_t dot = path.find('.');
    node = node->find(path.substr(0, dot));
    if (dot == std::string_view::npos) return node;
    path.remove_prefix(dot + 1);
  }
  return nullptr;
}

bool same(const Node& a, const Node& b) {
  return a.kind == b.kind && to_json_tree(a) == to_json_tree(b);
}

// A text may be an expression: the number that the cell has made of it counts as well.
bool has_value(const Cell* cell, const std::string& path, const Node& present, const Node& wanted) {
  if (same(present, wanted)) return true;
  if (cell == nullptr || present.kind != Node::Kind::scalar || !std::holds_alternative<std::string>(present.value))
    return false;
  const nlohmann::ordered_json* number = find_column(*cell, column_name(path));
  return number != nullptr && *number == to_json_tree(wanted);
}

// `wanted` may be a part of a mapping: {name: msq} matches every msq.
bool matches(const Cell* cell, const std::string& path, const Node& present, const Node& wanted) {
  if (wanted.kind != Node::Kind::mapping) return has_value(cell, path, present, wanted);
  return std::all_of(wanted.entries.begin(), wanted.entries.end(), [&](const Entry& entry) {
    const Node* value = present.find(entry.key);
    return value != nullptr && matches(cell, path + "." + entry.key, *value, entry.value);
  });
}

// By what is written and, where there is a cell, by what it has worked out.
bool is_excluded(const Node& tree, const SweepBlock& block, const Cell* cell = nullptr) {
  return std::any_of(block.exclude.begin(), block.exclude.end(), [&](const std::vector<Axis>& exclusion) {
    return std::all_of(exclusion.begin(), exclusion.end(), [&](const Axis& axis) {
      const Node* present = at_path(tree, axis.path);
      return present != nullptr && std::any_of(axis.values.begin(), axis.values.end(), [&](const Node& value) {
               return matches(cell, axis.path, *present, value);
             });
    });
  });
}

// The dotted paths of all keys below `node`.
void add_paths(const Node& node, const std::string& above, std::set<std::string>& paths) {
  for (const Entry& entry : node.entries) {
    const std::string path = above + entry.key;
    paths.insert(path);
    add_paths(entry.value, path + ".", paths);
  }
}

// A key that no cell has would exclude nothing, in silence.
void check_excluded_key(const Axis& axis, const std::set<std::string>& known, Diagnostics& diagnostics) {
  if (!known.contains(axis.path)) {
    std::vector<std::string> candidates(known.begin(), known.end());
    candidates.insert(candidates.end(), {"width", "samples", "neurons"});
    diagnostics.push_back({axis.at, fmt::format("exclude: no cell of this block has a key '{}'{}", axis.path,
                                                suggestion(axis.path, candidates))});
    return;
  }
  for (const Node& value : axis.values)
    for (const Entry& entry : value.entries)
      check_excluded_key({axis.path + "." + entry.key, entry.key_at, {entry.value}}, known, diagnostics);
}

void check_stop_rule(const Config& config, const ExperimentEntry& experiment, Diagnostics& diagnostics) {
  if (!config.stop) return;
  const std::vector<std::string> measured =
      names_of(experiment.columns, {ColumnKind::measured, ColumnKind::error, ColumnKind::cost});
  if (std::find(measured.begin(), measured.end(), config.stop->metric) == measured.end())
    diagnostics.push_back(
        {config.stop->metric_at, fmt::format("trials.of must be a measured column, not {}{}", config.stop->metric,
                                             suggestion(config.stop->metric, measured))});
}

void check_plot(const Plan& plan, const Node& plot, Diagnostics& diagnostics) {
  std::vector<std::string> columns;
  for (const Column& column : plan.columns) columns.push_back(column.name);
  columns.insert(columns.end(), {"cell_id", "trial", "layer", "status"});
  check_plot_columns(plot, columns, diagnostics);
}

}  // namespace

Plan make_plan(Config config, Diagnostics diagnostics) {
  const ExperimentEntry* experiment = Registry<ExperimentEntry>::instance().find(config.experiment);
  if (experiment == nullptr) {
    diagnostics.push_back({config.experiment_at,
                           fmt::format("there is no experiment '{}'{}", config.experiment,
                                       suggestion(config.experiment, Registry<ExperimentEntry>::instance().names()))});
    throw ConfigError(std::move(diagnostics));
  }
  check_stop_rule(config, *experiment, diagnostics);
  Plan plan;
  std::unordered_set<std::string> seen;
  bool all_prepared = true;
  for (const SweepBlock& block : config.blocks) {
    std::set<std::string> keys;
    for_each_point(block, [&](std::vector<Assignment> point) {
      Node tree = config.base;
      // Shorter paths first, so that `quantizer.alphabet.levels` is set in the quantizer that `quantizer` has put
      // there.
      std::stable_sort(point.begin(), point.end(), [](const Assignment& a, const Assignment& b) {
        return std::count(a.first->path.begin(), a.first->path.end(), '.') <
               std::count(b.first->path.begin(), b.first->path.end(), '.');
      });
      for (const auto& [axis, value] : point) assign(tree, axis->path, *value);
      if (!block.exclude.empty()) add_paths(tree, "", keys);
      if (is_excluded(tree, block)) {
        ++plan.excluded;
        return;
      }
      const auto cell = experiment->prepare({tree, config.seed}, diagnostics);
      all_prepared = all_prepared && cell != nullptr;
      if (cell == nullptr) return;
      if (is_excluded(tree, block, cell.get())) {
        ++plan.excluded;
        return;
      }
      if (!seen.insert(cell->id()).second) {
        ++plan.duplicates;
        return;
      }
      plan.cells.push_back({cell, cell->random() ? config.trials : 1});
    });
    for (const std::vector<Axis>& exclusion : block.exclude)
      for (const Axis& axis : exclusion) check_excluded_key(axis, keys, diagnostics);
  }
  // The columns of a cell that could not be prepared are not known.
  plan.columns = plan_columns(plan.cells, *experiment);
  if (all_prepared && !plan.cells.empty()) check_plot(plan, config.plot, diagnostics);
  if (diagnostics.empty() && plan.cells.empty())
    diagnostics.push_back({config.base.at, "the sweep has no cell: exclude leaves none"});
  if (!diagnostics.empty()) throw ConfigError(std::move(diagnostics));
  plan.config = std::move(config);
  return plan;
}

const nlohmann::ordered_json* find_column(const Cell& cell, const std::string& column) {
  for (const auto& [name, value] : cell.columns())
    if (name == column) return &value;
  return nullptr;
}

std::vector<std::string> column_names(const std::vector<PlannedCell>& cells) {
  std::vector<std::string> names;
  for (const PlannedCell& planned : cells)
    for (const auto& [name, value] : planned.cell->columns())
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

}  // namespace pathquant
