// One layer quantized and judged: what a record of the layer experiment, and the report of `quantize`, are made of.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/bounds/line.hpp"
#include "core/metrics.hpp"
#include "experiments/experiment.hpp"

namespace pathquant {

/// The measured columns and the stored statistics of one quantized layer: {"record": .., "statistics": ..}.
/// Throws Skipped when XW = 0 (no relative error exists), std::runtime_error when an error is not finite.
template <class S>
nlohmann::json evaluate(const LayerProblem<S>& problem, const QuantizerTraits& traits, const Alphabet& alphabet,
                        const QuantizedLayer<S>& result, const Interrupt& interrupt);

/// The facts that `evaluate` stored, ready for the lines.
LayerFacts stored_facts(const nlohmann::json& content, LayerShape shape, bool mismatch, const ColumnLaw& columns,
                        const QuantizerTraits& traits);

nlohmann::json to_json(const PathCovariance& path);
PathCovariance path_covariance_from(const nlohmann::json& json);

/// Whether a line of this selection that needs S may have it: a line costlier than the quantizer must be named.
bool affords(const LineEntry& line, const LineSelection& selection, double line_cost, double quantizer_cost);

/// All selected lines that concern this quantizer; `unit` is the relative rounding error of the arithmetic that made Q,
/// 2^-24 or 2^-53.
std::vector<LineRow> layer_lines(const LayerFacts& facts, const LineSelection& selection, double probability,
                                 double signal_energy, double quantizer_cost, double unit);

/// The alphabet with its steps rounded to S, as the quantizer has them. Throws std::domain_error when S has no number
/// for every level.
template <class S>
Alphabet in_precision(Alphabet alphabet);

}  // namespace pathquant
