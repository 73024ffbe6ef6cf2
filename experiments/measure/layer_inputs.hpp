// X, Xq and fresh rows of every trial of a layer.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/execution.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/layer/layer_key.hpp"
#include "experiments/config/precision.hpp"
#include "experiments/measure/identified_files.hpp"
#include "experiments/measure/trial_inputs.hpp"
#include "experiments/task/task_cache.hpp"

namespace pathquant {

/// Inputs of the float and, where they differ, of the quantized network.
template <class S>
using DrawnInputs = std::pair<Matrix<S>, std::optional<Matrix<S>>>;

/// A wider layer is drawn, quantized and forgotten in chunks (core/path_following/streaming.hpp).
inline constexpr Index widest_held = Index{1} << 18;

/// A law, its shape, and how far Xq is from X.
struct LayerInputs {
  std::shared_ptr<const InputDistribution> law;
  Index samples = 0;
  Index width = 0;
  double mismatch = 0;      ///< standard deviation of the Gaussian noise Xq - X; 0: Xq = X
  Index fresh = 0;          ///< fresh rows, which have noise of their own; 0: none
  nlohmann::json identity;  ///< of X and Xq
  IdentifiedFiles files;    ///< that X and the fresh rows are of: draw and draw_fresh throw DataError where one changed
  std::string untrusted;    ///< the plugin that the law is of; empty: the program's own

  /// Of what is drawn for X and not for its rounding, such as a direction: one for all trials where X is.
  LayerKey key(std::uint64_t seed, std::int64_t trial) const { return {seed, random() ? trial : 0, 0}; }

  /// The law of the columns of Xq.
  ColumnDistribution column_law() const;
  /// Whether trials differ in X or Xq.
  bool random() const { return law->random(samples) || mismatch > 0; }
  bool fresh_random() const { return fresh > 0 && (law->fresh_random(samples, fresh) || mismatch > 0); }
  bool streamed() const { return width > widest_held; }
  /// X and Xq of one trial, in the precision of the layer: float or double.
  template <class S>
  DrawnInputs<S> draw(const std::string& key, const ExecutionContext& execution) const;
  /// The same, with what is computed from them: once for all tasks of a run that need it at about the same time.
  template <class S>
  std::shared_ptr<const TrialInputs<S>> shared(std::uint64_t seed, std::int64_t trial,
                                               const ExecutionContext& execution, TaskCache& cache) const;
  /// What that is called on the cache; empty where X is not held.
  std::string cache_key(Precision precision, std::uint64_t seed, std::int64_t trial) const;
  /// What that takes there, with all that is computed from X and Xq, for scalars of this size.
  std::size_t cached_bytes(std::size_t scalar_bytes) const;
  /// Z and Zq, what the two networks see of the fresh rows; fresh > 0.
  template <class S>
  DrawnInputs<S> draw_fresh(const std::string& key, const ExecutionContext& execution) const;
  /// E z z^T of a fresh row that both networks see; absent where it is not known, or there are none.
  std::optional<SecondMoment> fresh_moment(const std::string& key) const;
};

}  // namespace pathquant
