// From stored tasks to the rows of results.json, in plan order: the same bytes for any number of workers, shards and
// resumes.
#pragma once

#include <utility>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/row.hpp"
#include "experiments/store/store.hpp"

namespace pathquant {

struct Results {
  std::vector<Row> records;      ///< one row per stored (cell, trial)
  std::vector<Row> bounds;       ///< one row per (cell, trial, line); a line that does not apply once per cell
  std::vector<Row> summary;      ///< one row per (cell, metric), mean lines being metrics of their own
  std::vector<Row> rates;        ///< one row per (cell, rate): BoundKind::decay, never among the bounds
  std::vector<Row> exponents;    ///< exponents.hpp
  std::vector<Row> comparisons;  ///< comparisons.hpp
  std::vector<Row> leaderboard;  ///< leaderboard.hpp
  std::vector<Row> audit;        ///< audit.hpp
  std::size_t missing = 0;       ///< tasks of the plan that are not stored
  std::size_t bad = 0;           ///< stored tasks that failed or timed out
  std::size_t violated = 0;      ///< rows of `bounds` and mean lines of `summary` that do not hold
  std::size_t judged = 0;        ///< ... of so many

  /// The tables, by the names that they have in the file and in its order.
  std::vector<std::pair<const char*, const std::vector<Row>*>> tables() const;
};

Results collect(const Plan& plan, const StoredTasks& stored);

}  // namespace pathquant
