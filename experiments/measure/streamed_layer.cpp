#include "experiments/measure/streamed_layer.hpp"

#include <algorithm>
#include <cmath>

#include "core/facts/random_direction.hpp"
#include "core/facts/streamed_statistics.hpp"
#include "core/path_following/streaming.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "experiments/measure/record.hpp"
#include "experiments/measure/stored_facts.hpp"

namespace pathquant {
namespace {

constexpr Index rows_at_once = 4096;

// Rows of W in the layer's precision.
class WeightRows {
 public:
  WeightRows(const LayerSetup& setup, std::string key)
      : law_(*setup.weights), key_(std::move(key)), neurons_(setup.neurons) {}

  template <class S>
  void read(Index first, Index count, S* out) const {
    if constexpr (std::is_same_v<S, double>) {
      law_.rows(key_, first, count, neurons_, out);
    } else {
      std::vector<double> rows(static_cast<std::size_t>(count * neurons_));
      law_.rows(key_, first, count, neurons_, rows.data());
      std::transform(rows.begin(), rows.end(), out, [](double w) { return static_cast<S>(w); });
    }
  }

 private:
  const WeightDistribution& law_;
  std::string key_;
  Index neurons_;
};

template <class S>
Alphabet alphabet_of(const LayerSetup& setup, const WeightRows& weights, const ExecutionContext& execution) {
  AlphabetRule::WeightSizes sizes{setup.inputs.width, Vector::Zero(setup.neurons), Vector::Zero(setup.neurons)};
  RowMatrix<S> rows(rows_at_once, setup.neurons);
  for (Index first = 0; !setup.alphabet->has_fixed_step() && first < setup.inputs.width; first += rows_at_once) {
    execution.poll();
    const Index count = std::min(rows_at_once, setup.inputs.width - first);
    weights.read(first, count, rows.data());
    const RowMatrix<double> block = rows.topRows(count).template cast<double>();
    sizes.largest = sizes.largest.cwiseMax(block.cwiseAbs().colwise().maxCoeff().transpose());
    sizes.squares += block.colwise().squaredNorm().transpose();
  }
  return in_precision<S>(setup.alphabet->resolve(sizes));
}

// Errors are those of the state as it was carried along, in the layer's precision.
nlohmann::json judgement_of(const StreamedSums& sums, LayerShape shape, const QuantizerTraits& traits,
                            const Alphabet& alphabet, const Vector& direction) {
  const LayerMetrics metrics = metrics_of(sums, shape, direction);
  require_errors(metrics);
  nlohmann::json record = levels_record(traits, alphabet, shape);
  add_metrics(metrics, sums.clipped, "streaming", shape, record);
  add_levels_used(traits, alphabet, sums.largest_levels.transpose(), record);
  if (traits.path_following) record["alignment_residual"] = 0.0;
  return {{"record", std::move(record)},
          {"statistics", stored_statistics(statistics_of(sums, alphabet), alphabet, std::nullopt, Vector())}};
}

}  // namespace

std::optional<std::string> why_not_streamed(const LayerSetup& setup) {
  const char* reason =
      setup.inputs.mismatch > 0                                 ? "X and Xq to be the same: no inputs.mismatch"
      : setup.inputs.fresh > 0                                  ? "no fresh rows"
      : setup.extra.error_budget || setup.extra.row_space_error ? "no error budget and no error on the row space"
      : !setup.weights->has_rows()                              ? "weights that are drawn, not read from a file"
      : !setup.alphabet                                         ? "a quantizer with an alphabet"
      : setup.alphabet->no_clip_probability() ? "a number of levels: the rule spfq_no_clip looks at all of X"
      : !setup.alphabet->needs_only_sizes()
          ? "alphabet.step, or alphabet.radius.rule absmax or rms: other rules sort the weights"
          : nullptr;
  if (reason == nullptr) {
    const Alphabet any{Vector::Ones(setup.neurons), setup.alphabet->half_levels(), setup.alphabet->kind(),
                       setup.alphabet->values()};
    if (setup.quantizer->streamed_rule(any, Stream(""), 0.0) == nullptr)
      reason = "a quantizer that goes through the features once, in their order";
  }
  if (reason == nullptr) return std::nullopt;
  return fmt::format("width {} is beyond {}, so the layer is not held but streamed, which needs {}", setup.inputs.width,
                     widest_held, reason);
}

template <class S>
nlohmann::json run_streamed(const LayerSetup& setup, std::int64_t trial, const ExecutionContext& execution) {
  const LayerKey key = setup.key(trial);
  const LayerShape shape = setup.shape();
  const WeightRows weights(setup, key.weights());
  const Alphabet alphabet = alphabet_of<S>(setup, weights, execution);
  const auto rule = setup.quantizer->streamed_rule(alphabet, Stream(key.decisions()), S(0));
  const QuantizerTraits traits = setup.quantizer->traits();
  StreamedPath<S> path(shape, *rule, traits.path_following, alphabet.steps,
                       alphabet.kind == AlphabetKind::midrise ? 0.5 : 0);
  const auto inputs = setup.inputs.law->open(key.inputs(), shape.samples, shape.width);
  const ChunkSource<S> source = [&](Index first, Index count, S* x, S* w) {
    read_columns(*inputs, first, count, shape.samples, x);
    weights.read(first, count, w);
  };
  const StreamedSums sums = stream_layer(source, path, shape, execution);
  return judgement_of(sums, shape, traits, alphabet,
                      random_direction(setup.inputs.key(setup.seed, trial).direction(), shape.samples));
}
template nlohmann::json run_streamed<float>(const LayerSetup&, std::int64_t, const ExecutionContext&);
template nlohmann::json run_streamed<double>(const LayerSetup&, std::int64_t, const ExecutionContext&);

}  // namespace pathquant
