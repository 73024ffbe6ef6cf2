#include "experiments/report/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/engine/progress.hpp"
#include "experiments/results/table.hpp"

namespace pathquant {
namespace {

std::string percent(double share) {
  return fmt::format("{:.3g} %", 100 * share);
}

// `open` is what this start would run.
std::string state_of(const PlannedCell& planned, const SweepTasks& tasks, bool has_rule,
                     const std::set<TaskKey>& open) {
  const TrialCount trials = tasks.count(planned);
  const bool adaptive = has_rule && planned.trials > 1;
  std::int64_t cached = 0;
  std::int64_t waiting = 0;
  for (std::int64_t trial = 0; trial < trials.wanted; ++trial) {
    cached += tasks.stored().contains({planned.cell->id(), trial}) ? 1 : 0;
    waiting += open.contains({planned.cell->id(), trial}) ? 1 : 0;
  }
  const bool complete = waiting == 0 && cached == trials.wanted;
  if (!adaptive && complete) return "cached";
  if (!adaptive && cached == 0) return fmt::format("todo, {} trials", waiting);
  if (!adaptive) return fmt::format("todo, {} of {} trials", waiting, trials.wanted);
  const std::string known = trials.half_width ? fmt::format(", +-{}", percent(*trials.half_width)) : "";
  if (complete)
    return fmt::format("cached, {} trials{}{}", trials.wanted, known, trials.reached ? "" : ", not reached");
  return fmt::format("todo, at least {} trials{}", waiting,
                     cached == 0 ? "" : fmt::format(" after {}{}", cached, known));
}

std::string cell_table(const Plan& plan, const SweepTasks& tasks, const std::vector<Task>& todo) {
  const std::vector<std::string> columns = varying_columns(tasks.selected());
  std::vector<std::string> header = {"cell"};
  header.insert(header.end(), columns.begin(), columns.end());
  header.emplace_back("state");
  Table table(header);
  std::set<TaskKey> open;
  for (const Task& task : todo) open.insert(task.key());
  for (const PlannedCell& planned : tasks.selected()) {
    std::vector<std::string> row = {planned.cell->id().substr(0, 8)};
    for (const std::string& column : columns) row.push_back(column_text(*planned.cell, column));
    row.push_back(state_of(planned, tasks, plan.config.stop.has_value(), open));
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace

std::string dry_run_listing(const Plan& plan, const SweepTasks& tasks, const std::vector<Task>& todo, int workers) {
  const auto& stop = plan.config.stop;
  const std::vector<PlannedCell>& cells = tasks.selected();
  std::string text = fmt::format("{}\n{} cells, {}{} tasks to run on {} workers, about {}\n",
                                 cell_table(plan, tasks, todo), cells.size(), stop && !todo.empty() ? "at least " : "",
                                 todo.size(), workers, duration_text(tasks.estimated_seconds(todo, workers)));
  if (stop)
    text += fmt::format("trials: {} at a time, at most {}, until the 95 % interval of the mean {} is within {} of it\n",
                        stop->batch, plan.config.trials, stop->metric, percent(stop->until));
  if (plan.duplicates > 0)
    text += fmt::format("{} points of the sweep were there already and count once\n", plan.duplicates);
  if (plan.excluded > 0) text += fmt::format("{} points are excluded\n", plan.excluded);
  if (std::any_of(cells.begin(), cells.end(), [](const PlannedCell& planned) { return !planned.cell->random(); }))
    text += "nothing random enters some cells: one trial of them is run\n";
  return text;
}

}  // namespace pathquant
