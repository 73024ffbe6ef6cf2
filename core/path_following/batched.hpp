// Path following for many equal small layers with X == Xq, a group of neurons in turn: depthwise convolutions, or
// trials by the thousand of a small layer. A layer alone leaves most of its time to latencies here; among others it
// takes what its arithmetic takes.
//
//   symbol   meaning
//   X        m x N, of every layer its own; so are W (N x P), the steps and the draws
//
// The recurrence is that of core/path_following/path_following.hpp, and decisions, states and counts are those of the
// reference form (core/path_following/reference.hpp) to the last bit, in both precisions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

/// One of the layers; refers to what it is made of.
template <class S>
struct BatchedLayer {
  const Matrix<S>* inputs = nullptr;      ///< X, m >= 1
  const RowMatrix<S>* weights = nullptr;  ///< W
  const DecisionRule<S>* rule = nullptr;  ///< of equispaced levels, with one step for a neuron
  RowMatrix<S>* decisions = nullptr;      ///< Q; not another layer's
  RowMatrix<S>* state = nullptr;          ///< U; as in follow_path
};

/// Follows all layers. They have one shape, and their rules one kind and one range of levels in units of the step;
/// that is checked before anything is written. Returns for each layer how many decisions were clipped. Neurons of one
/// layer are followed one by one, so this is for P of one or few. Uses the threads that `execution` allows. Throws
/// std::invalid_argument where that does not hold, and for numbers that LayerProblem refuses.
template <class S>
std::vector<std::int64_t> follow_batched(std::span<const BatchedLayer<S>> layers, const ExecutionContext& execution);

}  // namespace pathquant
