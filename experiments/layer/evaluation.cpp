#include "experiments/layer/evaluation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace pathquant {
namespace {

using nlohmann::json;

std::vector<double> as_list(const Vector& values) {
  return {values.begin(), values.end()};
}

Vector as_vector(const json& list) {
  const auto values = list.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

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

template <class S>
json record_of(const LayerMetrics& metrics, const QuantizerTraits& traits, const Alphabet& alphabet,
               const QuantizedLayer<S>& result, LayerShape shape) {
  json record;
  if (result.planes) {
    record["step"] = record["step_min"] = record["step_max"] = nullptr;
    add_rate(record, result.planes->format.levels, result.planes->stored_scales(), shape);
  } else {
    const double smallest = alphabet.steps.minCoeff();
    const double largest = alphabet.steps.maxCoeff();
    const bool one_step = smallest == largest;
    record["step"] = one_step ? json(smallest) : json(nullptr);
    record["step_min"] = smallest;
    record["step_max"] = largest;
    add_rate(record, level_count(alphabet, traits), one_step ? 1 : shape.neurons, shape);
  }
  record["clipped"] = result.clipped;
  record["sparsity"] = metrics.sparsity;
  record["weight_relative_squared_error"] = finite_or_null(metrics.weight_relative_squared_error);
  if (shape.samples == 0) return record;
  record["signal_energy"] = metrics.signal_energy;
  record["error_energy"] = metrics.error_energy;
  record["relative_error"] = metrics.relative_error();
  record["relative_squared_error"] = metrics.relative_squared_error();
  record["median_neuron_error"] = finite_or_null(metrics.median_neuron_error);
  record["max_neuron_squared_error"] = metrics.max_neuron_squared_error;
  record["max_abs_error"] = metrics.max_abs_error;
  return record;
}

json statistics_of(const LayerStatistics& statistics, const Alphabet& alphabet) {
  json stored;
  stored["input_energy"] = statistics.input_energy;
  stored["largest_norm"] = statistics.largest_norm;
  stored["drift_energy"] = statistics.drift_energy;
  stored["largest_weights"] = as_list(statistics.largest_weights);
  stored["weight_error_energy"] = statistics.weight_error_energy;
  stored["alignment_energy"] = statistics.alignment_energy;
  stored["largest_alignment_norm"] = statistics.largest_alignment_norm;
  stored["largest_alignment_entry"] = statistics.largest_alignment_entry;
  stored["total_input_energy"] = statistics.total_input_energy;
  stored["rounding_evenness"] = statistics.rounding_evenness;
  stored["rounding_bias"] = statistics.rounding_bias;
  stored["stochastic_evenness"] = statistics.stochastic_evenness;
  stored["steps"] = as_list(alphabet.steps);
  stored["half_levels"] = alphabet.half_levels ? json(*alphabet.half_levels) : json(nullptr);
  // What a default alphabet does not have is left out, and so read back as its default.
  if (alphabet.kind == AlphabetKind::midrise) stored["kind"] = "midrise";
  if (alphabet.kind == AlphabetKind::list) stored["values"] = alphabet.values;
  if (alphabet.ties_to_lower) stored["ties_to_lower"] = true;
  return stored;
}

const char* column_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::error_energy:
      return "error_energy";
    case Quantity::max_neuron_squared_error:
      return "max_neuron_squared_error";
    case Quantity::max_abs_error:
      return "max_abs_error";
    case Quantity::relative_squared_error:
      return "relative_squared_error";
  }
  return "";
}

}  // namespace

template <class S>
json evaluate(const LayerProblem<S>& problem, const QuantizerTraits& traits, const Alphabet& alphabet,
              const QuantizedLayer<S>& result, const Interrupt& interrupt) {
  const LayerShape shape = problem.shape();
  const LayerMetrics metrics = measure(problem, result.weights, interrupt);
  if (shape.samples > 0 && metrics.signal_energy == 0)
    throw Skipped("the layer puts out zeros only (XW = 0), so there is no relative error");
  if (!std::isfinite(metrics.error_energy) || !std::isfinite(metrics.signal_energy) || !result.weights.allFinite())
    throw std::runtime_error("the error is not finite: Q, XW or XW - XqQ overflows");
  return {{"record", record_of(metrics, traits, alphabet, result, shape)},
          {"statistics", statistics_of(layer_statistics(problem, traits, alphabet, result, interrupt), alphabet)}};
}

template json evaluate(const LayerProblem<float>&, const QuantizerTraits&, const Alphabet&,
                       const QuantizedLayer<float>&, const Interrupt&);
template json evaluate(const LayerProblem<double>&, const QuantizerTraits&, const Alphabet&,
                       const QuantizedLayer<double>&, const Interrupt&);

LayerFacts stored_facts(const json& content, LayerShape shape, bool mismatch, const ColumnLaw& columns,
                        const QuantizerTraits& traits) {
  const json& stored = content.at("statistics");
  LayerFacts facts;
  facts.shape = shape;
  facts.mismatch = mismatch;
  // The noise of a mismatch is drawn for every feature by itself. In an order that looks at Xq, the columns that come
  // first are no longer independent of those that come later, nor of their law.
  if (traits.order == FeatureOrder::natural) facts.columns = columns;
  facts.pairs_independent = facts.columns.independent;
  facts.quantizer = traits;
  facts.alphabet.steps = as_vector(stored.at("steps"));
  if (!stored.at("half_levels").is_null()) facts.alphabet.half_levels = stored.at("half_levels").get<std::int64_t>();
  if (stored.contains("kind")) facts.alphabet.kind = AlphabetKind::midrise;
  if (stored.contains("values")) {
    facts.alphabet.kind = AlphabetKind::list;
    facts.alphabet.values = stored.at("values").get<std::vector<double>>();
  }
  facts.alphabet.ties_to_lower = stored.contains("ties_to_lower");
  facts.clipped = content.at("record").at("clipped").get<std::int64_t>();
  if (const json& rate_of_record = content.at("record").at("rate"); !rate_of_record.is_null())
    facts.rate = rate_of_record.get<double>();
  facts.statistics.input_energy = stored.at("input_energy");
  facts.statistics.largest_norm = stored.at("largest_norm");
  facts.statistics.drift_energy = stored.at("drift_energy");
  facts.statistics.largest_weights = as_vector(stored.at("largest_weights"));
  facts.statistics.total_input_energy = stored.at("total_input_energy");
  facts.statistics.rounding_evenness = stored.at("rounding_evenness");
  facts.statistics.rounding_bias = stored.at("rounding_bias");
  facts.statistics.stochastic_evenness = stored.at("stochastic_evenness");
  facts.statistics.weight_error_energy = stored.at("weight_error_energy");
  facts.statistics.alignment_energy = stored.at("alignment_energy");
  facts.statistics.largest_alignment_norm = stored.at("largest_alignment_norm");
  facts.statistics.largest_alignment_entry = stored.at("largest_alignment_entry");
  return facts;
}

json to_json(const PathCovariance& path) {
  return {{"trace", path.trace},         {"trace_square", path.trace_square},
          {"norm", path.norm},           {"max_diagonal", path.max_diagonal},
          {"sum_norms", path.sum_norms}, {"input_spectrum", as_list(path.input_spectrum)}};
}

PathCovariance path_covariance_from(const json& stored) {
  return {stored.at("trace"),        stored.at("trace_square"), stored.at("norm"),
          stored.at("max_diagonal"), stored.at("sum_norms"),    as_vector(stored.at("input_spectrum"))};
}

template <class S>
Alphabet in_precision(Alphabet alphabet) {
  constexpr double most = std::int64_t{1} << std::numeric_limits<S>::digits;
  if (alphabet.half_levels && static_cast<double>(*alphabet.half_levels) > most)
    throw std::domain_error(fmt::format("the alphabet has more levels than the precision tells apart: K = {} > {}",
                                        *alphabet.half_levels, most));
  alphabet.steps = alphabet.steps.cast<S>().template cast<double>().eval();
  return alphabet;
}

template Alphabet in_precision<float>(Alphabet);
template Alphabet in_precision<double>(Alphabet);

bool affords(const LineEntry& line, const LineSelection& selection, double line_cost, double quantizer_cost) {
  return line_cost <= quantizer_cost || selection.names_it(line.description.name);
}

namespace {

// An argument c is a chain of m products and N updates of the state, each rounded, and carries the rounding of |c|/step
// on top of an error of at most a step: some lines are attained, so what is measured may lie above them by so much.
double tolerance_of(const LayerFacts& facts, double unit) {
  const double steps_of_weights =
      facts.quantizer.own_levels ? 1 : facts.statistics.largest_weights.cwiseQuotient(facts.alphabet.steps).maxCoeff();
  const auto terms = static_cast<double>(facts.shape.samples) + static_cast<double>(facts.shape.width);
  return std::max(1e-12, unit * (4 * terms + 16)) + 8 * unit * steps_of_weights;
}

LineRow line_row(const LineEntry& line, const LayerFacts& facts, double probability, double signal_energy) {
  const bool mean = line.kind != LineKind::upper;
  // An upper bound on the energy is an event of its own trial, so it may be divided by that trial's signal; a mean may
  // not.
  const bool relative = !mean && line.quantity == Quantity::error_energy;
  LineRow row;
  row.name = line.description.name;
  row.kind = line.kind;
  row.metric = relative ? "relative_squared_error" : column_of(line.quantity);
  if (!mean) row.probability = line.deterministic ? 1.0 : probability;

  if (line.needs_path_covariance && !facts.statistics.path) {
    row.reason = "the path covariance S of these inputs is not there: its computation failed or has not run";
    return row;
  }
  const LineValue value = line.evaluate(facts, 1 - probability);
  if (const auto* refused = std::get_if<NotApplicable>(&value)) {
    row.reason = refused->reason;
    row.sampled = refused->sampled;
  } else if (const double number = std::get<double>(value); !std::isfinite(number)) {
    row.reason = "its value is not finite";
  } else {
    row.value = relative ? number / signal_energy : number;
  }
  return row;
}

}  // namespace

std::vector<LineRow> layer_lines(const LayerFacts& facts, const LineSelection& selection, double probability,
                                 double signal_energy, double quantizer_cost, double unit) {
  // What a line may see of S depends on the selection alone, never on what happens to be stored.
  LayerFacts without_path = facts;
  without_path.statistics.path.reset();
  const double path_cost = path_covariance_cost(facts.shape);
  std::vector<LineRow> rows;
  for (const LineEntry* line : Registry<LineEntry>::instance().all()) {
    if (!selection.wants(line->description.name) || !line->concerns(facts.quantizer)) continue;
    const bool affordable = affords(*line, selection, path_cost, quantizer_cost);
    rows.push_back(line_row(*line, affordable ? facts : without_path, probability, signal_energy));
    if (line->needs_path_covariance && !affordable)
      rows.back().reason = "cost: it takes longer than the quantizer; name it under bounds to have it";
    rows.back().tolerance = tolerance_of(facts, unit);
  }
  return rows;
}

}  // namespace pathquant
