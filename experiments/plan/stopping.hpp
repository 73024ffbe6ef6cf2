// How many trials a cell has: a fixed number, or so many that the mean of a metric is known well enough.
//
//   symbol  meaning
//   b       batch
//   n       trials looked at: b, 2b, 3b, .. up to `most`
//   x, h    mean of the metric over those of the first n trials that are ok, and half the width of its 95 % interval by
//           Student's t
//
// A cell has the least of these n with h <= until |x|, or `most` trials. The rule looks at the contents of the first n
// trials only, and only when all n are there: so neither workers, shards, restarts, nor trials that are stored from
// another sweep change how many there are. Looking again and again until it is narrow makes the last interval narrower
// than it should be: at 20 trials a look this costs a few per cent of its coverage.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "experiments/plan/plan.hpp"
#include "experiments/store/store.hpp"

namespace pathquant {

/// What the stored trials say of how many there are to be.
struct TrialCount {
  std::int64_t wanted = 0;                ///< trials 0 .. wanted-1 make up the cell, as far as is known
  bool settled = true;                    ///< no more will be wanted
  std::optional<double> half_width = {};  ///< h/|x| at the last n that was looked at
  bool reached = true;                    ///< h <= until |x| there, or there is no rule
};

class TrialCounter {
 public:
  explicit TrialCounter(std::optional<StopRule> rule) : rule_(std::move(rule)) {}
  TrialCount count(const PlannedCell& planned, const StoredTasks& stored);

 private:
  // The metric of a trial that is ok, where it has one. Such a trial's content never changes, so it is read once.
  std::optional<double> value_of(const TaskKey& key, const StoredTask& task);

  std::optional<StopRule> rule_;
  std::map<TaskKey, std::optional<double>> values_;
};

}  // namespace pathquant
