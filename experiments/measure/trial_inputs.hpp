// What the tasks of a run that are about one X share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics/metrics.hpp"

namespace pathquant {

/// X and Xq of one trial, and what is computed from them. Thread-safe.
template <class S>
class TrialInputs {
 public:
  explicit TrialInputs(std::shared_ptr<const InputPair<S>> inputs) : pair(std::move(inputs)) {}

  const std::shared_ptr<const InputPair<S>> pair;

  /// signal_energies() of a problem on this pair whose W has this name.
  std::vector<double> signal_energies(const std::string& weights, const LayerProblem<S>& problem,
                                      const ExecutionContext& execution) const {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = signals_.find(weights); found != signals_.end()) return found->second;
    }
    std::vector<double> signal = pathquant::signal_energies(problem, execution);
    const std::scoped_lock lock(mutex_);
    return signals_.try_emplace(weights, std::move(signal)).first->second;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::vector<double>> signals_;
};

}  // namespace pathquant
