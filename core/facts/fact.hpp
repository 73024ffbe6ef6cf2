// The registry of facts: statistics of one quantized layer that bounds look at. They are stored with the record, so a
// bound can be evaluated later without X, W or Q.
//
// A fact is one file that registers itself. It has a version of its own: a fact that is added or changed leaves the
// cells of a sweep what they are. A bound names the facts it needs (BoundEntry::needs_facts); where a stored layer does
// not have one, or has it in another version, the bound does not apply and says so.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/layer/quantized_layer.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/registry.hpp"

namespace pathquant {

/// What a fact is computed from. `alphabet` is the one that Q was quantized with.
template <class S>
struct QuantizedFacts {
  const LayerProblem<S>& problem;
  const QuantizerTraits& traits;
  const Alphabet& alphabet;
  const QuantizedLayer<S>& result;
  const ExecutionContext& execution;
};

struct FactEntry {
  Description description;  ///< `formula` says what each number is
  /// The numbers; absent where the layer has no such fact. Thread-safe. Throws Stopped when execution says so.
  std::function<std::optional<Vector>(const QuantizedFacts<float>&)> compute_float32;
  std::function<std::optional<Vector>(const QuantizedFacts<double>&)> compute_float64;

  std::optional<Vector> compute(const QuantizedFacts<float>& layer) const { return compute_float32(layer); }
  std::optional<Vector> compute(const QuantizedFacts<double>& layer) const { return compute_float64(layer); }
};

/// An entry from one function that takes QuantizedFacts<S> for both S.
template <class Compute>
FactEntry make_fact(Description description, Compute compute) {
  return {std::move(description), compute, compute};
}

}  // namespace pathquant
