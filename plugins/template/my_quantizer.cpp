// my_quantizer: template of a quantizer plugin in one file. It implements greedy path following with fading memory. The
// parts to replace are marked (1) to (5).
//
//   symbol  shape   meaning
//   X, Xq   m x N   inputs of the float and of the quantized network (the same matrix in a first layer)
//   W, Q    N x P   weights and quantized weights
//   U       m x P   output error so far
#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/decision_rule.hpp"
#include "core/plugin.hpp"
#include "core/quantizers/quantizer.hpp"

// (1) The plugin's name and version; the version may be any text.
PATHQUANT_PLUGIN("my_quantizer", "0.1");

namespace {

using namespace pathquant;

class MyQuantizer final : public QuantizerTemplate<MyQuantizer> {
 public:
  // (2) Read your parameters of the table below. The program reads alphabet.*.
  explicit MyQuantizer(const Parameters& parameters) : memory_(parameters.real("memory")) {}

  // (3) Properties that bounds may assume. The defaults promise nothing, so no bound is drawn.
  //     .random = true if it draws from `decisions`. .uses_inputs = false if it rounds every weight separately, to the
  //     nearest level unless .rounding is set: then the bounds of msq are drawn.
  QuantizerTraits traits() const override { return {}; }
  // What of the calibration it needs: X and Xq themselves here, which is the default. CalibrationNeed::gram is enough
  // for what works on inner products of features, CalibrationNeed::weights for what looks at the weights alone. A layer
  // without it is skipped: declines() says why.
  CalibrationNeed needs() const override { return CalibrationNeed::held; }
  // Where it does not take every layer: std::optional<std::string> limit(LayerShape shape) const answers with the reason
  // why it declines one of this shape, as "at most 4096 features", or with std::nullopt.
  // Multiply-adds to leading order, for the time left.
  double cost(LayerShape shape, bool mismatch) const override {
    const double passes = mismatch ? 4 : 3;
    return passes * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
           static_cast<double>(shape.neurons);
  }

  // (4) The algorithm, for S = float and S = double. Q must contain levels of the alphabet only. NearestDecision
  // supports
  //     all kinds of alphabets and counts clipped decisions. Random draws: decisions.uniforms(t, 0, neurons, out).
  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const auto [samples, width, neurons] = problem.shape();
    const NearestDecision<S> nearest(alphabet);
    const auto memory = static_cast<S>(memory_);
    QuantizedLayer<S> result;
    result.weights.resize(width, neurons);
    RowMatrix<S> error = RowMatrix<S>::Zero(samples, neurons);
    RowMatrix<S> argument(1, neurons);
    for (Index t = 0; t < width; ++t) {
      execution.poll();  // throws when the user or a time limit requests a stop
      const auto x = problem.inputs().col(t);
      const auto xq = problem.quantized_inputs().col(t);
      argument.setZero();
      for (Index i = 0; i < samples; ++i) {
        error.row(i) = memory * error.row(i) + x(i) * problem.weights().row(t);
        argument += xq(i) * error.row(i);
      }
      const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];  // of Xq_t
      if (norm > 0) argument /= norm;
      result.clipped += nearest.decide(t, neurons, argument.data(), result.weights.row(t).data());
      for (Index i = 0; i < samples; ++i) error.row(i) -= xq(i) * result.weights.row(t);
    }
    return result;
  }

 private:
  double memory_;
};

// (5) Description for users: the source of `list`, `explain`, the validation of configs and the results. Increase
//     `version` whenever the same parameters may give another Q.
const Registered<QuantizerEntry> registered({
    .description = {.name = "my_quantizer",
                    .version = 1,
                    .summary = "greedy path following with fading memory",
                    .formula = "u <- memory u + w_t X_t,  q_t = R(<Xq_t, u> / ||Xq_t||^2),  u <- u - q_t Xq_t",
                    .hypotheses = "",
                    .source = "you",
                    .parameters = ParameterTable{real("memory",
                                                      "factor on the earlier error: 1 keeps all of it, 0 none")
                                                     .at_least(0)
                                                     .at_most(1)
                                                     .defaults_to(1.0)} +
                                  AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<MyQuantizer>(parameters); },
});

}  // namespace
