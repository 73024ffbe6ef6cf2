#include "experiments/measure/measure_layer.hpp"

#include <stdexcept>

#include "core/facts/error_budget.hpp"
#include "core/facts/fact.hpp"
#include "core/facts/layer_statistics.hpp"
#include "core/facts/random_direction.hpp"
#include "core/facts/row_space.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "experiments/measure/record.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

// What is measured on fresh rows; E ||z^T W||^2 where the law of a row is known.
template <class S>
std::optional<double> add_fresh(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Vector& bias,
                                const FreshRows<S>& rows, const ExecutionContext& execution, json& record) {
  add_fresh_metrics(measure_fresh(rows.inputs, rows.quantized_inputs, problem.weights(), quantized, bias, execution),
                    record);
  if (!rows.moment) return std::nullopt;
  return expected_energy(*rows.moment, problem.weights().template cast<double>(), execution);
}

template <class S>
Vector add_row_space_error(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const LayerKey& key,
                           const ExecutionContext& execution, json& record) {
  const RowMatrix<double> difference = problem.weights().template cast<double>() - quantized.template cast<double>();
  const RowSpaceError error =
      row_space_error(problem.inputs().template cast<double>(), difference, Stream(key.row_space()), execution);
  record["row_space_error"] = error.largest;
  return error.deviations;
}

}  // namespace

template <class S>
LayerQ<S> quantize_layer(const Quantizer& quantizer, Alphabet alphabet, const LayerProblem<S>& problem,
                         const LayerKey& key, const ExecutionContext& execution) {
  if (const auto reason = quantizer.declines(problem)) throw Skipped(*reason);
  QuantizedLayer<S> layer = quantizer.quantize(problem, alphabet, Stream(key.decisions()), execution);
  return {std::move(layer), std::move(alphabet)};
}

template <class S>
LayerQ<S> quantize_layer(const LayerMethod& method, const LayerProblem<S>& problem, const LayerKey& key,
                         const ExecutionContext& execution) {
  Alphabet alphabet;
  if (method.alphabet != nullptr) alphabet = layer_alphabet(*method.alphabet, method.quantizer, problem, execution);
  return quantize_layer(method.quantizer, std::move(alphabet), problem, key, execution);
}

template <class S>
LayerJudgement judge_layer(const LayerProblem<S>& problem, const QuantizerTraits& traits, const LayerQ<S>& quantized,
                           const LayerKey& key, const MeasureOptions<S>& options, const ExecutionContext& execution) {
  const QuantizedLayer<S>& result = quantized.layer;
  const Alphabet& alphabet = result.alphabet ? *result.alphabet : quantized.alphabet;
  const LayerShape shape = problem.shape();
  Vector direction;
  if (shape.samples > 0) direction = random_direction(options.direction.value_or(key).direction(), shape.samples);
  const LayerMetrics metrics =
      measure(problem, result.weights, options.signal.empty() ? signal_energies(problem, execution) : options.signal,
              execution, {.direction = direction, .entries = options.extra.max_abs_error});
  if (shape.samples > 0) require_errors(metrics);
  if (!result.weights.allFinite()) throw std::runtime_error("Q is not finite");

  json record = levels_record(traits, alphabet, result, shape);
  add_metrics(metrics, result.clipped, result.variant, shape, record);
  add_levels_used(traits, alphabet, result.weights.template cast<double>(), record);
  const LayerStatistics statistics = layer_statistics(problem, traits, alphabet, result, execution, direction);
  if (traits.path_following || traits.error_feedback || traits.path_scale)
    record["alignment_residual"] = statistics.relative_alignment_residual(metrics.signal_energy);
  if (result.elimination) record["damping"] = result.elimination->damping;
  if (options.extra.error_budget && traits.path_following)
    add_budget(error_budget_of_path(problem, result.weights, alphabet, traits, execution), record);
  std::optional<double> fresh_energy;
  if (options.fresh) fresh_energy = add_fresh(problem, result.weights, metrics.bias, *options.fresh, execution, record);
  Vector deviations;
  if (options.extra.row_space_error && shape.samples > 0 && !problem.has_mismatch())
    deviations = add_row_space_error(problem, result.weights, key, execution, record);

  json stored = stored_statistics(statistics, alphabet, fresh_energy, deviations);
  stored["facts"] = stored_facts_of(QuantizedFacts<S>{problem, traits, alphabet, result, execution});
  return {std::move(record), std::move(stored)};
}

template <class S>
MeasuredLayer<S> measure_layer(const LayerMethod& method, const LayerProblem<S>& problem, const LayerKey& key,
                               const MeasureOptions<S>& options, const ExecutionContext& execution) {
  MeasuredLayer<S> measured{quantize_layer(method, problem, key, execution), {}};
  measured.judgement = judge_layer<S>(problem, method.quantizer.traits(), measured, key, options, execution);
  return measured;
}

#define PATHQUANT_INSTANTIATE(S)                                                                           \
  template LayerQ<S> quantize_layer(const Quantizer&, Alphabet, const LayerProblem<S>&, const LayerKey&,   \
                                    const ExecutionContext&);                                              \
  template LayerQ<S> quantize_layer(const LayerMethod&, const LayerProblem<S>&, const LayerKey&,           \
                                    const ExecutionContext&);                                              \
  template LayerJudgement judge_layer(const LayerProblem<S>&, const QuantizerTraits&, const LayerQ<S>&,    \
                                      const LayerKey&, const MeasureOptions<S>&, const ExecutionContext&); \
  template MeasuredLayer<S> measure_layer(const LayerMethod&, const LayerProblem<S>&, const LayerKey&,     \
                                          const MeasureOptions<S>&, const ExecutionContext&);
PATHQUANT_INSTANTIATE(float)
PATHQUANT_INSTANTIATE(double)
#undef PATHQUANT_INSTANTIATE

}  // namespace pathquant
