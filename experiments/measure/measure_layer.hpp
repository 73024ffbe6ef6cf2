// One layer measured: alphabet, quantizer, metrics and statistics, in the one place where they meet.
//
// Every experiment on layers and every command that quantizes one calls measure_layer(); a Q that exists already goes
// through judge_layer(), the last part of it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/inputs/second_moment.hpp"
#include "core/layer/layer_key.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// What is measured on request, because it costs as much as the quantizer or more: `measure` in a config.
struct ExtraMeasurements {
  bool max_abs_error = false;  ///< also where U is not formed otherwise (core/metrics/metrics.hpp)
  bool error_budget = false;
  bool row_space_error = false;
};

/// Fresh rows as the float and, where it differs, the quantized network see them.
template <class S>
struct FreshRows {
  Matrix<S> inputs;
  std::optional<Matrix<S>> quantized_inputs = {};
  std::optional<SecondMoment> moment = {};  ///< of a row, where it is known
};

template <class S>
struct MeasureOptions {
  ExtraMeasurements extra = {};
  std::vector<double> signal = {};  ///< signal_energies() of the layer, where the caller has them
  std::optional<FreshRows<S>> fresh = {};
  std::optional<LayerKey> direction = {};  ///< of the direction, where it is not the layer's own key
};

/// A quantizer and the rule for its alphabet.
struct LayerMethod {
  const Quantizer& quantizer;
  const AlphabetRule* alphabet = nullptr;  ///< null where the quantizer finds its levels itself
};

/// Q and the alphabet that the quantizer was given.
template <class S>
struct LayerQ {
  QuantizedLayer<S> layer;
  Alphabet alphabet;
};

/// The measured columns of a record, and what bounds need (stored_facts.hpp).
struct LayerJudgement {
  nlohmann::json record;
  nlohmann::json statistics;

  /// {"record": .., "statistics": ..}, one item of a task's content.
  nlohmann::json json() && { return {{"record", std::move(record)}, {"statistics", std::move(statistics)}}; }
};

template <class S>
struct MeasuredLayer : LayerQ<S> {
  LayerJudgement judgement;
};

/// Resolves the alphabet and quantizes. Throws Skipped with the quantizer's reason where it declines the layer,
/// std::domain_error where the rule gives no alphabet, and what the quantizer throws.
template <class S>
LayerQ<S> quantize_layer(const LayerMethod& method, const LayerProblem<S>& problem, const LayerKey& key,
                         const ExecutionContext& execution);

/// The same with a given alphabet.
template <class S>
LayerQ<S> quantize_layer(const Quantizer& quantizer, Alphabet alphabet, const LayerProblem<S>& problem,
                         const LayerKey& key, const ExecutionContext& execution);

/// Measures a Q, whatever made it. Throws Skipped when XW = 0 (no relative error exists), std::runtime_error when an
/// error is not finite.
template <class S>
LayerJudgement judge_layer(const LayerProblem<S>& problem, const QuantizerTraits& traits, const LayerQ<S>& quantized,
                           const LayerKey& key, const MeasureOptions<S>& options, const ExecutionContext& execution);

/// Both.
template <class S>
MeasuredLayer<S> measure_layer(const LayerMethod& method, const LayerProblem<S>& problem, const LayerKey& key,
                               const MeasureOptions<S>& options, const ExecutionContext& execution);

}  // namespace pathquant
