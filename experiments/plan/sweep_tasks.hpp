// The tasks of a sweep: all of them, this start's part, and what is left to do.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/plan/shard.hpp"
#include "experiments/plan/stopping.hpp"
#include "experiments/task/task.hpp"

namespace pathquant {

/// Tasks stand in plan order: the trials of each cell, with what its bounds need just before the first that asks. A
/// shard is cut from all tasks, finished or not, so that it stays what it is; where the number of trials depends on what
/// was found it is cut from the cells, whose trials then stay together.
class SweepTasks {
 public:
  /// `selected` are the cells of `plan` that this start is about. The plan must outlive this object.
  SweepTasks(const Plan& plan, std::vector<PlannedCell> selected, Shard shard, StoredTasks stored);

  const std::vector<PlannedCell>& selected() const { return selected_; }
  const StoredTasks& stored() const { return stored_; }
  /// What the selected cells and their bounds are computed by, each once.
  std::vector<std::shared_ptr<const Computation>> computations() const;
  /// How many trials a cell has, as far as is known.
  TrialCount count(const PlannedCell& planned) const { return counter_.count(planned, stored_); }

  /// This shard's tasks that are missing and, where they are to be run again, bad; each is handed out once. After add()
  /// there may be more.
  std::vector<Task> take(bool rerun_failed);
  /// How many were handed out.
  std::size_t taken() const { return taken_; }
  /// What a run has found.
  void add(const StoredTasks& finished);
  /// Forgets the stored tasks of this shard, however many trials were run before, so that they are run anew; before the
  /// first take(). Returns their keys, also those of which only parts may be stored.
  std::set<TaskKey> forget();

  /// Stored tasks of the whole plan that failed or timed out: also those that have no record.
  std::size_t bad() const;
  /// Seconds that `tasks` take on so many workers: by the speed of the stored tasks of the selected cells; before the
  /// first second of them, by a guess at this machine's.
  double estimated_seconds(const std::vector<Task>& tasks, int workers) const;

 private:
  struct CellTasks {
    PlannedCell planned;
    std::vector<std::shared_ptr<const Computation>> computations;  // what its bounds need, and the cell
    std::int64_t listed = 0;                                       // trials that are among `tasks_`
  };
  struct Trials {
    std::shared_ptr<const Computation> computation;
    std::int64_t count = 0;
  };
  CellTasks with_computations(const PlannedCell& planned) const;
  void list(CellTasks& cell, std::int64_t trials);
  void list_what_is_wanted();
  std::map<std::string, Trials> wanted(const std::vector<CellTasks>& cells) const;

  const Plan& plan_;
  std::vector<PlannedCell> selected_;
  Shard shard_;
  StoredTasks stored_;
  mutable TrialCounter counter_;
  std::vector<CellTasks> cells_;  // of `selected_`
  std::vector<Task> tasks_;       // of the shard's cells, or of all where it is cut from the tasks
  std::set<TaskKey> listed_;      // those of `tasks_`
  std::size_t looked_at_ = 0;     // of `tasks_`, by take()
  std::size_t taken_ = 0;
};

}  // namespace pathquant
