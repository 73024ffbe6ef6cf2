#include "experiments/measure/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/facts/error_budget.hpp"
#include "core/facts/layer_statistics.hpp"
#include "core/facts/random_direction.hpp"
#include "core/facts/row_space.hpp"
#include "core/facts/streamed_statistics.hpp"
#include "core/layer/permutation.hpp"
#include "experiments/measure/stored_facts.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

json finite_or_null(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

void add_rate(json& record, std::optional<std::int64_t> levels, std::int64_t scales, LayerShape shape) {
  record["levels"] = record["bits"] = record["rate"] = nullptr;
  if (!levels) return;
  const auto count = static_cast<double>(*levels);
  record["levels"] = *levels;
  record["bits"] = bits_of(count);
  record["rate"] = rate(count, static_cast<double>(scales), shape);
}

void add_alphabet(json& record, const QuantizerTraits& traits, const Alphabet& alphabet, LayerShape shape) {
  const double smallest = alphabet.group > 0 ? alphabet.group_steps.minCoeff() : alphabet.steps.minCoeff();
  const double largest = alphabet.steps.maxCoeff();
  record["step"] = smallest == largest ? json(smallest) : json(nullptr);
  record["step_min"] = smallest;
  record["step_max"] = largest;
  add_rate(record, level_count(alphabet, traits), alphabet.stored_numbers(), shape);
}

// `quantized`: Q, or as many of its rows as hold its largest levels.
void add_levels_used(json& record, const QuantizerTraits& traits, const Alphabet& alphabet,
                     const RowMatrix<double>& quantized) {
  // A hard threshold moves the levels by itself, and a quantizer that has found its own has used them all.
  const auto used =
      traits.rounding == Rounding::hard || traits.own_levels ? std::nullopt : levels_used(alphabet, quantized);
  record["levels_used"] = used ? json(*used) : json(nullptr);
}

void add_metrics(json& record, const LayerMetrics& metrics, std::int64_t clipped, const char* variant,
                 LayerShape shape) {
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
  record["bias_corrected_relative_squared_error"] =
      std::max(0.0, metrics.error_energy - metrics.bias_energy) / metrics.signal_energy;
}

void require_errors(const LayerMetrics& metrics) {
  if (metrics.signal_energy == 0)
    throw Skipped("the layer puts out zeros only (XW = 0), so there is no relative error");
  if (!std::isfinite(metrics.error_energy) || !std::isfinite(metrics.signal_energy))
    throw std::runtime_error("the error is not finite: Q, XW or XW - XqQ overflows");
}

void add_budget(const ErrorBudget& budget, json& record) {
  record["budget_alignment"] = budget.alignment;
  record["budget_rounding"] = budget.rounding;
  record["budget_clipping"] = budget.clipping;
  record["budget_alignment_rounding"] = budget.alignment_rounding;
  record["budget_alignment_clipping"] = budget.alignment_clipping;
  record["budget_rounding_clipping"] = budget.rounding_clipping;
}

// Of the path that the quantizer followed: in its order.
template <class S>
ErrorBudget budget_of(const LayerProblem<S>& problem, const QuantizerTraits& traits, const Alphabet& alphabet,
                      const RowMatrix<S>& quantized, const ExecutionContext& execution) {
  if (traits.order == FeatureOrder::natural) return error_budget(problem, quantized, alphabet, traits, execution);
  const std::vector<Index> order = permutation(traits.order, problem.squared_norms());
  const RowMatrix<S> visited = quantized(order, Eigen::all);
  return error_budget(permuted_problem(traits.order, problem), visited, arranged(alphabet, order), traits, execution);
}

}  // namespace

template <class S>
json evaluate(const LayerProblem<S>& problem, const QuantizerTraits& traits, const Alphabet& given,
              const QuantizedLayer<S>& result, const Measuring<S>& measuring, const ExecutionContext& execution) {
  const Alphabet& alphabet = result.alphabet ? *result.alphabet : given;
  const LayerShape shape = problem.shape();
  Vector direction;
  if (shape.samples > 0) direction = random_direction(measuring.direction_key, shape.samples);
  const LayerMetrics metrics = measure(problem, result.weights, measuring.signal, execution,
                                       {.direction = direction, .entries = measuring.extra.max_abs_error});
  if (shape.samples > 0) require_errors(metrics);
  if (!result.weights.allFinite()) throw std::runtime_error("Q is not finite");

  json record;
  if (result.planes) {
    record["step"] = record["step_min"] = record["step_max"] = nullptr;
    add_rate(record, result.planes->format.levels, result.planes->stored_scales(), shape);
  } else {
    add_alphabet(record, traits, alphabet, shape);
  }
  add_metrics(record, metrics, result.clipped, result.variant, shape);
  add_levels_used(record, traits, alphabet, result.weights.template cast<double>());
  const LayerStatistics statistics = layer_statistics(problem, traits, alphabet, result, execution, direction);
  if (traits.path_following || traits.error_feedback || traits.path_scale)
    record["alignment_residual"] = std::sqrt(statistics.alignment_energy / metrics.signal_energy);
  if (result.elimination) record["damping"] = result.elimination->damping;
  if (measuring.extra.error_budget && traits.path_following)
    add_budget(budget_of(problem, traits, alphabet, result.weights, execution), record);

  std::optional<double> fresh_energy;
  if (measuring.fresh) {
    const auto& [inputs, quantized_inputs, moment] = *measuring.fresh;
    const FreshMetrics fresh =
        measure_fresh(inputs, quantized_inputs, problem.weights(), result.weights, metrics.bias, execution);
    record["bias_corrected_fresh_relative_squared_error"] =
        finite_or_null(fresh.corrected_energy / fresh.signal_energy);
    record["fresh_relative_squared_error"] = finite_or_null(fresh.error_energy / fresh.signal_energy);
    if (moment) fresh_energy = expected_energy(*moment, problem.weights().template cast<double>(), execution);
  }
  Vector deviations;
  if (measuring.extra.row_space_error && shape.samples > 0 && !problem.has_mismatch()) {
    const RowMatrix<double> difference =
        problem.weights().template cast<double>() - result.weights.template cast<double>();
    const RowSpaceError error = row_space_error(problem.inputs().template cast<double>(), difference,
                                                Stream(measuring.key + "/row_space"), execution);
    record["row_space_error"] = error.largest;
    deviations = error.deviations;
  }
  return {{"record", std::move(record)},
          {"statistics", stored_statistics(statistics, alphabet, fresh_energy, deviations)}};
}

json evaluate_streamed(const StreamedSums& sums, LayerShape shape, const QuantizerTraits& traits,
                       const Alphabet& alphabet, const std::string& direction_key) {
  const LayerMetrics metrics = metrics_of(sums, shape, random_direction(direction_key, shape.samples));
  require_errors(metrics);
  json record;
  add_alphabet(record, traits, alphabet, shape);
  add_metrics(record, metrics, sums.clipped, "streamed", shape);
  add_levels_used(record, traits, alphabet, sums.largest_levels.transpose());
  if (traits.path_following) record["alignment_residual"] = 0.0;
  return {{"record", std::move(record)},
          {"statistics", stored_statistics(statistics_of(sums, alphabet), alphabet, std::nullopt, Vector())}};
}

template json evaluate(const LayerProblem<float>&, const QuantizerTraits&, const Alphabet&,
                       const QuantizedLayer<float>&, const Measuring<float>&, const ExecutionContext&);
template json evaluate(const LayerProblem<double>&, const QuantizerTraits&, const Alphabet&,
                       const QuantizedLayer<double>&, const Measuring<double>&, const ExecutionContext&);

}  // namespace pathquant
