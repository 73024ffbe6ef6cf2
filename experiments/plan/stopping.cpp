#include "experiments/plan/stopping.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "experiments/plan/checked_content.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {

std::optional<double> TrialCounter::value_of(const TaskKey& key, const StoredTask& task) {
  if (task.status != "ok") return std::nullopt;
  const auto known = values_.find(key);
  if (known != values_.end()) return known->second;
  const nlohmann::json content = checked_content(task);
  // Of the only layer, or of the network, which stands first.
  const auto& record = content.at("layers").at(0).at("record");
  const auto found = record.find(rule_->metric);
  const bool there = found != record.end() && found->is_number();
  return values_[key] = there ? std::optional(found->get<double>()) : std::nullopt;
}

TrialCount TrialCounter::count(const PlannedCell& planned, const StoredTasks& stored) {
  if (!rule_ || planned.trials == 1) return {planned.trials};
  TrialCount count{.settled = false, .reached = false};
  std::vector<double> values;
  std::int64_t seen = 0;
  while (true) {
    count.wanted = std::min(seen + rule_->batch, planned.trials);
    for (; seen < count.wanted; ++seen) {
      const auto found = stored.find({planned.cell->id(), seen});
      if (found == stored.end()) return count;
      if (const auto value = value_of(found->first, found->second)) values.push_back(*value);
    }
    if (values.size() >= 2) {
      const Moments m = moments(values);
      const double half = student_quantile(0.975, values.size() - 1) * *m.standard_error;
      count.reached = half <= rule_->until * std::abs(m.mean);
      count.half_width = half == 0 ? 0 : half / std::abs(m.mean);
    }
    count.settled = count.reached || count.wanted == planned.trials;
    if (count.settled) return count;
  }
}

}  // namespace pathquant
