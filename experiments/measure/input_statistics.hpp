// What lines need of the inputs of a trial beside a cell's own content: computed once for all quantizers, alphabets and
// weights of a sweep, in double precision on the inputs as the quantizer's precision has them, in the order in which it
// visits the features.
#pragma once

#include <memory>

#include "core/bounds/shared/bound.hpp"
#include "core/layer/permutation.hpp"
#include "experiments/measure/layer_inputs.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

struct PermutedInputs {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  LayerInputs inputs;
  FeatureOrder order = FeatureOrder::natural;
};

/// S, and what the direction of the trial has to do with it.
std::shared_ptr<const Computation> path_covariance_of(const PermutedInputs& visited);
/// How far the path carries an argument from its weight; nullptr where the layer is not held.
std::shared_ptr<const Computation> path_growth_of(const PermutedInputs& visited);
/// What rounding errors do to fresh rows; nullptr where their second moment is not known.
std::shared_ptr<const Computation> fresh_spread_of(const PermutedInputs& visited);

}  // namespace pathquant
