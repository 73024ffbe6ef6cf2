#include "experiments/plan/sweep_tasks.hpp"

#include <algorithm>

namespace pathquant {

SweepTasks::SweepTasks(const Plan& plan, std::vector<PlannedCell> selected, Shard shard, StoredTasks stored)
    : plan_(plan),
      selected_(std::move(selected)),
      shard_(shard),
      stored_(std::move(stored)),
      counter_(plan.config.stop) {
  for (const PlannedCell& planned : selected_) cells_.push_back(with_computations(planned));
}

SweepTasks::CellTasks SweepTasks::with_computations(const PlannedCell& planned) const {
  CellTasks cell{planned, planned.cell->statistics(plan_.config.bounds)};
  cell.computations.push_back(planned.cell);
  return cell;
}

std::vector<std::shared_ptr<const Computation>> SweepTasks::computations() const {
  std::vector<std::shared_ptr<const Computation>> all;
  std::set<std::string> seen;
  for (const CellTasks& cell : cells_)
    for (const auto& computation : cell.computations)
      if (seen.insert(computation->id()).second) all.push_back(computation);
  return all;
}

// Appends the trials that are not listed yet.
void SweepTasks::list(CellTasks& cell, std::int64_t trials) {
  for (const auto& computation : cell.computations)
    for (std::int64_t trial = cell.listed; trial < (computation->random() ? trials : 1); ++trial) {
      Task task{computation, trial};
      if (listed_.insert(task.key()).second) tasks_.push_back(std::move(task));
    }
  cell.listed = trials;
}

void SweepTasks::list_what_is_wanted() {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (plan_.config.stop && !shard_.has(i)) continue;
    const std::int64_t trials = count(cells_[i].planned).wanted;
    if (trials > cells_[i].listed) list(cells_[i], trials);
  }
}

std::vector<Task> SweepTasks::take(bool rerun_failed) {
  list_what_is_wanted();
  std::vector<Task> todo;
  for (; looked_at_ < tasks_.size(); ++looked_at_) {
    if (!plan_.config.stop && !shard_.has(looked_at_)) continue;
    const auto found = stored_.find(tasks_[looked_at_].key());
    if (found == stored_.end() || (rerun_failed && is_bad(found->second))) todo.push_back(tasks_[looked_at_]);
  }
  taken_ += todo.size();
  return todo;
}

void SweepTasks::add(const StoredTasks& finished) {
  for (const auto& [key, task] : finished) stored_.insert_or_assign(key, task);
}

std::set<TaskKey> SweepTasks::forget() {
  std::set<TaskKey> keys;
  if (plan_.config.stop) {
    std::map<std::string, std::int64_t> most;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (!shard_.has(i)) continue;
      for (const auto& computation : cells_[i].computations)
        most[computation->id()] = std::max(most[computation->id()], cells_[i].planned.trials);
    }
    for (const auto& [key, task] : stored_)
      if (const auto found = most.find(key.first); found != most.end() && key.second < found->second) keys.insert(key);
    for (const TaskKey& key : keys) stored_.erase(key);
  }
  list_what_is_wanted();
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    if (plan_.config.stop || shard_.has(i)) keys.insert(tasks_[i].key());
  for (const TaskKey& key : keys) stored_.erase(key);
  return keys;
}

// By id, the computations of these cells and how many trials of each are wanted.
std::map<std::string, SweepTasks::Trials> SweepTasks::wanted(const std::vector<CellTasks>& cells) const {
  std::map<std::string, Trials> all;
  for (const CellTasks& cell : cells) {
    const std::int64_t trials = count(cell.planned).wanted;
    for (const auto& computation : cell.computations) {
      Trials& known = all[computation->id()];
      known = {computation, std::max(known.count, computation->random() ? trials : 1)};
    }
  }
  return all;
}

std::size_t SweepTasks::bad() const {
  std::vector<CellTasks> cells;
  for (const PlannedCell& planned : plan_.cells) cells.push_back(with_computations(planned));
  const std::map<std::string, Trials> trials = wanted(cells);
  return static_cast<std::size_t>(std::count_if(stored_.begin(), stored_.end(), [&](const auto& item) {
    const auto found = trials.find(item.first.first);
    return is_bad(item.second) && found != trials.end() && item.first.second < found->second.count;
  }));
}

double SweepTasks::estimated_seconds(const std::vector<Task>& tasks, int workers) const {
  double work = 0;
  for (const Task& task : tasks) work += task.computation->cost();
  double done = 0;
  double seconds = 0;
  const std::map<std::string, Trials> trials = wanted(cells_);
  for (const auto& [key, task] : stored_) {
    const auto found = trials.find(key.first);
    if (found == trials.end() || key.second >= found->second.count) continue;
    done += found->second.computation->cost();
    seconds += task.seconds;
  }
  constexpr double guessed_speed = 1e10;
  constexpr double seconds_to_keep = 1.5e-3;  // a task in a process of its own, and its row on disk
  const double speed = seconds > 1 ? done / seconds : guessed_speed;
  return (work / speed + seconds_to_keep * static_cast<double>(tasks.size())) / workers;
}

}  // namespace pathquant
