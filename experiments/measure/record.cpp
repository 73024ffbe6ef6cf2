#include "experiments/measure/record.hpp"

#include <cmath>
#include <stdexcept>

#include "experiments/task/experiment.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

void add_rate(json& record, std::optional<std::int64_t> levels, std::int64_t scales, LayerShape shape) {
  record["levels"] = record["bits"] = record["rate"] = nullptr;
  if (!levels) return;
  const auto count = static_cast<double>(*levels);
  record["levels"] = *levels;
  record["bits"] = bits_of(count);
  record["rate"] = bits_per_weight(count, static_cast<double>(scales), shape);
}

}  // namespace

json finite_or_null(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

void require_errors(const LayerMetrics& metrics) {
  if (metrics.signal_energy == 0)
    throw Skipped("the layer puts out zeros only (XW = 0), so there is no relative error");
  if (!std::isfinite(metrics.error_energy) || !std::isfinite(metrics.signal_energy))
    throw std::runtime_error("the error is not finite: Q, XW or XW - XqQ overflows");
}

json levels_record(const QuantizerTraits& traits, const Alphabet& alphabet, LayerShape shape) {
  json record;
  const double smallest = alphabet.group > 0 ? alphabet.group_steps.minCoeff() : alphabet.steps.minCoeff();
  const double largest = alphabet.steps.maxCoeff();
  record["step"] = smallest == largest ? json(smallest) : json(nullptr);
  record["step_min"] = smallest;
  record["step_max"] = largest;
  add_rate(record, level_count(alphabet, traits), alphabet.stored_numbers(), shape);
  return record;
}

template <class S>
json levels_record(const QuantizerTraits& traits, const Alphabet& alphabet, const QuantizedLayer<S>& result,
                   LayerShape shape) {
  if (!result.planes) return levels_record(traits, alphabet, shape);
  json record;
  record["step"] = record["step_min"] = record["step_max"] = nullptr;
  add_rate(record, result.planes->format.levels, result.planes->stored_scales(), shape);
  return record;
}
template json levels_record(const QuantizerTraits&, const Alphabet&, const QuantizedLayer<float>&, LayerShape);
template json levels_record(const QuantizerTraits&, const Alphabet&, const QuantizedLayer<double>&, LayerShape);

void add_metrics(const LayerMetrics& metrics, std::int64_t clipped, const char* variant, LayerShape shape,
                 json& record) {
  record["variant"] = *variant == 0 ? json(nullptr) : json(variant);
  record["clipped"] = clipped;
  record["sparsity"] = metrics.sparsity;
  record["weight_relative_squared_error"] = finite_or_null(metrics.weight_relative_squared_error);
  if (shape.samples == 0) return;
  record["signal_energy"] = metrics.signal_energy;
  record["error_energy"] = metrics.error_energy;
  record["relative_error"] = metrics.relative_error();
  record["relative_squared_error"] = metrics.relative_squared_error();
  record["median_neuron_error"] = finite_or_null(metrics.median_neuron_error);
  record["max_neuron_squared_error"] = metrics.max_neuron_squared_error;
  record["max_abs_error"] = metrics.max_abs_error ? json(*metrics.max_abs_error) : json(nullptr);
  if (!metrics.max_abs_error) record[reason_column("max_abs_error")] = "U not formed";
  record["direction_error"] = metrics.direction_error ? json(*metrics.direction_error) : json(nullptr);
  record["bias_corrected_relative_squared_error"] = metrics.bias_corrected_relative_squared_error();
}

void add_fresh_metrics(const FreshMetrics& metrics, json& record) {
  record["bias_corrected_fresh_relative_squared_error"] =
      finite_or_null(metrics.corrected_energy / metrics.signal_energy);
  record["fresh_relative_squared_error"] = finite_or_null(metrics.error_energy / metrics.signal_energy);
}

void add_budget(const ErrorBudget& budget, json& record) {
  record["budget_alignment"] = budget.alignment;
  record["budget_rounding"] = budget.rounding;
  record["budget_clipping"] = budget.clipping;
  record["budget_alignment_rounding"] = budget.alignment_rounding;
  record["budget_alignment_clipping"] = budget.alignment_clipping;
  record["budget_rounding_clipping"] = budget.rounding_clipping;
}

void add_levels_used(const QuantizerTraits& traits, const Alphabet& alphabet, const RowMatrix<double>& quantized,
                     json& record) {
  // A hard threshold moves the levels by itself, and a quantizer that has found its own has used them all.
  const auto used =
      traits.rounding == Rounding::hard || traits.own_levels ? std::nullopt : levels_used(alphabet, quantized);
  record["levels_used"] = used ? json(*used) : json(nullptr);
}

}  // namespace pathquant
