// Conformance suite: the contract of every registered quantizer. A new quantizer is tested without any change here. The
// program `conformance` runs this suite on the quantizers of plugins.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/quantizers/quantizer.hpp"
#include "core/sign_planes/plane_levels.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace conformance_test {

const ExecutionContext never;
const Stream draws("conformance/decision");

// Those of plugins where there are any. What must be given something, such as a file of the user's, cannot be asked.
std::vector<const QuantizerEntry*> quantizers() {
  std::vector<const QuantizerEntry*> all = Registry<QuantizerEntry>::instance().all();
  std::erase_if(all, [](const QuantizerEntry* entry) {
    const auto& table = entry->description.parameters;
    return std::any_of(table.begin(), table.end(), [](const Parameter& parameter) { return parameter.must_be_given; });
  });
  const auto is_own = [](const QuantizerEntry* entry) { return entry->description.plugin == nullptr; };
  if (!std::all_of(all.begin(), all.end(), is_own)) std::erase_if(all, is_own);
  return all;
}

// With `given`, and with an alphabet where the quantizer has one.
std::unique_ptr<Quantizer> make(const QuantizerEntry& entry, std::map<std::string, Value> given = {}) {
  if (find(entry.description.parameters, "alphabet.step") != nullptr)
    given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.25}});
  return entry.make(Parameters(entry.description.parameters, given));
}

bool has_own_levels(const QuantizerEntry& entry) {
  return make(entry)->traits().own_levels;
}

// Everything a quantizer can be told apart from its alphabet, one thing at a time and some together: those of these
// that its parameters admit.
std::vector<std::map<std::string, Value>> variants(const QuantizerEntry& entry) {
  const std::vector<std::map<std::string, Value>> all = {
      {},
      {{"decision", "soft"}, {"threshold", 0.1}},
      {{"decision", "hard"}, {"threshold", 0.2}},
      {{"order", "decreasing_norm"}},
      {{"decision", "hard"}, {"threshold", 0.05}, {"order", "decreasing_norm"}},
      {{"alignment", std::int64_t{3}}, {"order", "decreasing_norm"}},
      {{"alignment", "perfect"}},
      {{"law", "logistic"}, {"sigma", 0.2}},
      {{"damping", 0.5}, {"order", "decreasing_norm"}},
      {{"rounding", "stochastic"}},
      {{"calibration", "asymmetric"}, {"alpha", 0.5}, {"order", "decreasing_norm"}},
      {{"planes", std::int64_t{1}}},
      {{"planes", std::int64_t{4}}, {"granularity", "layer"}},
      {{"granularity", "layer"}},
      {{"granularity", "group"}, {"group", std::int64_t{7}}},
  };
  std::vector<std::map<std::string, Value>> admitted;
  for (const auto& variant : all)
    if (std::all_of(variant.begin(), variant.end(),
                    [&](const auto& given) { return find(entry.description.parameters, given.first) != nullptr; }))
      admitted.push_back(variant);
  return admitted;
}

// The alphabets that a variant decides for: none where it has levels of its own.
std::vector<Alphabet> alphabets(const QuantizerTraits& traits, Index neurons) {
  if (traits.own_levels) return {Alphabet{}};
  const Vector steps = Vector::LinSpaced(neurons, 0.25, 0.5);
  std::vector<Alphabet> list;
  for (const auto half_levels :
       {std::optional<std::int64_t>{}, std::optional<std::int64_t>{1}, std::optional<std::int64_t>{7}}) {
    list.push_back({Vector::Constant(neurons, 0.25), half_levels});
    if (traits.rounding == Rounding::soft || traits.rounding == Rounding::hard) continue;
    list.push_back({steps, half_levels, AlphabetKind::midtread, {}, true});
    list.push_back({steps, half_levels, AlphabetKind::midrise});
    list.push_back({steps, half_levels, AlphabetKind::midrise, {}, true});
  }
  if (traits.rounding == Rounding::soft || traits.rounding == Rounding::hard) return list;
  list.push_back({steps, std::nullopt, AlphabetKind::list, {-2, -1, -0.5, 0.5, 1, 2}});
  list.push_back({steps, std::nullopt, AlphabetKind::list, {-1, 0, 3}, true});
  return list;
}

template <class S>
bool is_level(S q, Index feature, Index neuron, const Alphabet& alphabet, const QuantizerTraits& traits) {
  const S step = static_cast<S>(alphabet.step(feature, neuron));
  const S zero = static_cast<S>(alphabet.zero(feature, neuron));
  if (alphabet.kind == AlphabetKind::list)
    return std::any_of(alphabet.values.begin(), alphabet.values.end(),
                       [&](double v) { return q == step * (static_cast<S>(v) - zero); });
  const S offset = alphabet.kind == AlphabetKind::midrise ? S(0.5) : S(0);
  const S threshold = traits.rounding == Rounding::hard ? static_cast<S>(traits.threshold) : S(0);
  if (threshold > 0 && q == 0) return true;
  const S k = std::round((threshold > 0 ? std::abs(q) - threshold : q) / step - offset);
  const S level = step * (k + offset);
  if (threshold > 0 ? std::abs(q) != threshold + level || k < 0 : q != level) return false;
  return !alphabet.half_levels ||
         (k >= -static_cast<S>(*alphabet.half_levels) && k <= static_cast<S>(*alphabet.half_levels) - 2 * offset);
}

template <class S>
void check_values(const RowMatrix<S>& q, const Alphabet& alphabet, const QuantizerTraits& traits) {
  for (Index t = 0; t < q.rows(); ++t)
    for (Index j = 0; j < q.cols(); ++j) CHECK(is_level(q(t, j), t, j, alphabet, traits));
}

// Every value is a level of its block, and there are no more of these than the format says.
template <class S>
void check_planes(const RowMatrix<S>& q, const ScaledPlanes<S>& planes) {
  REQUIRE(planes.blocks.width == q.rows());
  REQUIRE(planes.blocks.neurons == q.cols());
  REQUIRE(planes.scales.rows() == planes.format.planes);
  REQUIRE(planes.scales.cols() == planes.blocks.count());
  CHECK((planes.scales.array() >= 0).all());
  CHECK(planes.format.scales <= planes.format.planes);
  for (Index t = 0; t < q.rows(); ++t)
    for (Index j = 0; j < q.cols(); ++j) {
      const auto levels = plane_levels(planes.of(planes.blocks.block(t, j)));
      CHECK(static_cast<std::int64_t>(levels.size()) <= planes.format.levels);
      CHECK(std::any_of(levels.begin(), levels.end(), [&](const auto& level) { return level.value == q(t, j); }));
    }
}

// Layers that have caught quantizers out: tiny, rank one, with dead and duplicate columns, more samples than features,
// mismatched.
std::vector<LayerProblem<double>> layers() {
  std::vector<LayerProblem<double>> list;
  for (const LayerShape shape :
       {LayerShape{1, 1, 1}, LayerShape{1, 20, 2}, LayerShape{30, 5, 3}, LayerShape{6, 40, 17}})
    list.push_back(zoo::gaussian_layer("conformance", shape));
  list.push_back(zoo::mismatched_layer("conformance", {8, 30, 4}, 0.3));
  Matrix<double> inputs = zoo::gaussian_inputs("conformance/ties", 5, 12);
  inputs.col(2).setZero();
  inputs.col(5) = inputs.col(4);
  list.emplace_back(inputs, std::nullopt, zoo::uniform_weights("conformance/ties", 12, 3, 1.0));
  list.emplace_back(Matrix<double>(Vector::Ones(5) * Vector::Ones(12).transpose()), std::nullopt,
                    zoo::uniform_weights("conformance/one", 12, 3, 1.0));
  list.emplace_back(Matrix<double>::Zero(5, 12), std::nullopt, zoo::uniform_weights("conformance/zero", 12, 3, 1.0));
  return list;
}

TEST_CASE("Every quantizer says what it is") {
  CHECK_FALSE(quantizers().empty());
  for (const QuantizerEntry* entry : quantizers()) {
    CAPTURE(entry->description.name);
    CHECK(entry->description.version >= 1);
    CHECK_FALSE(entry->description.summary.empty());
    CHECK_FALSE(entry->description.formula.empty());
    CHECK_FALSE(entry->description.source.empty());
    for (const Parameter& parameter : entry->description.parameters) CHECK_FALSE(parameter.meaning.empty());
  }
}

TEST_CASE_TEMPLATE("Q has the layer's shape and values of the alphabet only, the same every time", S, float, double) {
  for (const QuantizerEntry* entry : quantizers())
    for (const auto& variant : variants(*entry))
      for (const LayerProblem<double>& layer : layers()) {
        const auto quantizer = make(*entry, variant);
        for (const Alphabet& alphabet : alphabets(quantizer->traits(), layer.shape().neurons)) {
          CAPTURE(entry->description.name);
          CAPTURE(layer.shape().width);
          const LayerProblem<S> problem = zoo::cast<S>(layer);
          const QuantizedLayer<S> result = quantizer->quantize(problem, alphabet, draws, never);
          REQUIRE(result.weights.rows() == layer.shape().width);
          REQUIRE(result.weights.cols() == layer.shape().neurons);
          CHECK((result.planes || result.alphabet) == quantizer->traits().own_levels);
          if (result.planes)
            check_planes(result.weights, *result.planes);
          else
            check_values(result.weights, result.alphabet.value_or(alphabet), quantizer->traits());
          CHECK(result.clipped >= 0);
          if (alphabet.kind != AlphabetKind::list && !alphabet.half_levels) CHECK(result.clipped == 0);
          CHECK(quantizer->quantize(problem, alphabet, draws, never).weights == result.weights);
        }
      }
}

TEST_CASE("A finite alphabet that never clips gives the infinite one's Q") {
  for (const QuantizerEntry* entry : quantizers())
    for (const auto& variant : variants(*entry))
      for (const AlphabetKind kind : {AlphabetKind::midtread, AlphabetKind::midrise}) {
        CAPTURE(entry->description.name);
        const auto quantizer = make(*entry, variant);
        if (quantizer->traits().own_levels) continue;
        if (kind != AlphabetKind::midtread && quantizer->traits().threshold > 0) continue;
        const auto problem = zoo::gaussian_layer("unclipped", {16, 100, 6});
        const auto quantized = [&](std::optional<std::int64_t> half_levels) {
          return quantizer->quantize(problem, Alphabet{Vector::Constant(6, 0.25), half_levels, kind}, draws, never);
        };
        const auto wide = quantized(1000);
        CHECK(wide.clipped == 0);
        CHECK(wide.weights == quantized(std::nullopt).weights);
        CHECK(quantized(2).clipped > 0);
      }
}

TEST_CASE("A neuron's levels do not depend on the neurons beside it") {
  for (const QuantizerEntry* entry : quantizers())
    for (const auto& variant : variants(*entry)) {
      if (variant.contains("granularity") && variant.at("granularity") == Value("layer")) continue;
      CAPTURE(entry->description.name);
      const auto quantizer = make(*entry, variant);
      const auto all = zoo::mismatched_layer("neurons", {12, 40, 21}, 0.2);
      const LayerProblem<double> few(all.inputs(), all.quantized_inputs(),
                                     RowMatrix<double>(all.weights().leftCols(5)));
      const auto q_all = quantizer->quantize(all, zoo::finite_alphabet(21, 0.25, 3), draws, never);
      const auto q_few = quantizer->quantize(few, zoo::finite_alphabet(5, 0.25, 3), draws, never);
      CHECK(q_all.weights.leftCols(5) == q_few.weights);
    }
}

TEST_CASE("Path following in natural order is causal: later features change no earlier decision") {
  for (const QuantizerEntry* entry : quantizers())
    for (const auto& variant : variants(*entry)) {
      const auto quantizer = make(*entry, variant);
      if (!quantizer->traits().path_following || quantizer->traits().order != FeatureOrder::natural) continue;
      CAPTURE(entry->description.name);
      const auto wide = zoo::gaussian_layer("causal", {12, 64, 3});
      const LayerProblem<double> narrow(wide.inputs().leftCols(20), std::nullopt,
                                        RowMatrix<double>(wide.weights().topRows(20)));
      const auto q_wide = quantizer->quantize(wide, zoo::infinite_alphabet(3, 0.25), draws, never);
      const auto q_narrow = quantizer->quantize(narrow, zoo::infinite_alphabet(3, 0.25), draws, never);
      CHECK(q_wide.weights.topRows(20) == q_narrow.weights);
    }
}

TEST_CASE("Features that come in decreasing norm are visited as they come") {
  for (const QuantizerEntry* entry : quantizers()) {
    if (find(entry->description.parameters, "order") == nullptr) continue;
    CAPTURE(entry->description.name);
    auto base = zoo::mismatched_layer("sorted", {12, 40, 3}, 0.2);
    Matrix<double> quantized = base.quantized_inputs();
    for (Index t = 0; t < 40; ++t) quantized.col(t) *= static_cast<double>(50 - t) / quantized.col(t).norm();
    const LayerProblem<double> problem(base.inputs(), quantized, base.weights());
    const auto alphabet = zoo::finite_alphabet(3, 0.25, 3);
    CHECK(make(*entry, {{"order", "decreasing_norm"}})->quantize(problem, alphabet, draws, never).weights ==
          make(*entry)->quantize(problem, alphabet, draws, never).weights);
  }
}

TEST_CASE("Weights that are levels already stay as they are") {
  // With X == Xq nothing is left to follow, and a level is its own nearest one, whatever the draw.
  for (const QuantizerEntry* entry : quantizers()) {
    if (has_own_levels(*entry)) continue;
    CAPTURE(entry->description.name);
    const auto base = zoo::gaussian_layer("levels", {10, 50, 4});
    const RowMatrix<double> levels = (base.weights().array() * 4).round() / 4;
    const LayerProblem<double> problem(base.inputs(), std::nullopt, levels);
    CHECK(make(*entry)->quantize(problem, zoo::finite_alphabet(4, 0.25, 4), draws, never).weights == levels);
    const RowMatrix<double> midrise = ((base.weights().array() * 4).floor() + 0.5) / 4;
    for (const bool ties_to_lower : {false, true})
      CHECK(make(*entry)
                ->quantize(LayerProblem<double>(base.inputs(), std::nullopt, midrise),
                           Alphabet{Vector::Constant(4, 0.25), 4, AlphabetKind::midrise, {}, ties_to_lower}, draws,
                           never)
                .weights == midrise);
    CHECK(make(*entry)
              ->quantize(problem,
                         Alphabet{Vector::Constant(4, 0.5),
                                  std::nullopt,
                                  AlphabetKind::list,
                                  {-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2}},
                         draws, never)
              .weights == levels);
  }
}

TEST_CASE("Weights of one size stay as they are where a quantizer finds its levels itself, and so do zeros") {
  for (const QuantizerEntry* entry : quantizers()) {
    if (!has_own_levels(*entry)) continue;
    for (const auto& variant : variants(*entry)) {
      CAPTURE(entry->description.name);
      RowMatrix<double> weights = zoo::uniform_weights("one size", 30, 4, 1.0).array().sign() * 0.7;
      weights.col(1).setZero();
      if (variant.contains("granularity") && variant.at("granularity") == Value("layer"))
        weights.col(1).setConstant(0.7);
      const LayerProblem<double> problem(weights);
      const RowMatrix<double> q = make(*entry, variant)->quantize(problem, Alphabet{}, draws, never).weights;
      CHECK((q - weights).cwiseAbs().maxCoeff() < 1e-12);
    }
  }
}

TEST_CASE("A stop reaches every quantizer, and only those that look at X need it") {
  std::atomic<bool> stop = true;
  for (const QuantizerEntry* entry : quantizers()) {
    CAPTURE(entry->description.name);
    const auto quantizer = make(*entry);
    const auto problem = zoo::gaussian_layer("stop", {4, 8, 2});
    CHECK_THROWS_AS(
        quantizer->quantize(problem, zoo::infinite_alphabet(2, 0.5), draws, ExecutionContext(&stop, std::nullopt)),
        Stopped);
    CHECK(quantizer->cost(problem.shape(), false) > 0);
    if (quantizer->traits().uses_inputs) continue;
    const LayerProblem<double> weights_only(problem.weights());
    CHECK(quantizer->quantize(weights_only, zoo::infinite_alphabet(2, 0.5), draws, never).weights ==
          quantizer->quantize(problem, zoo::infinite_alphabet(2, 0.5), draws, never).weights);
  }
}

}  // namespace conformance_test
