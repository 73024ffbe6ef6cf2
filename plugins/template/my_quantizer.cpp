// my_quantizer: a quantizer of one file. As it stands it follows the path greedily, with a memory that fades; what is
// to be yours is marked by (1) to (5).
//
//   symbol  shape   meaning
//   X, Xq   m x N   inputs of the float and of the quantized network (the same matrix in a first layer)
//   W, Q    N x P   weights and what becomes of them
//   U       m x P   the error so far: what the outputs still lack
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
  // (2) Your parameters, from the table below; alphabet.* are read for you.
  explicit MyQuantizer(const Parameters& parameters) : memory_(parameters.real("memory")) {}

  // (3) What theory may assume. The defaults promise nothing, so no theorem is drawn beside it.
  //     .random = true if it draws from `decisions`; .uses_inputs = false if it rounds every weight by itself, to the
  //     nearest level unless .rounding says otherwise: then msq's lines are drawn.
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

  // (4) The algorithm, for S = float and S = double. Q has values of the alphabet only; NearestDecision knows all kinds
  //     of alphabets, and counts what is clipped. Draws, if any: decisions.uniforms(t, 0, neurons, out).
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
      execution.poll();  // stops when the user or a time limit says so
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

// (5) What users see: `list`, `explain`, the config's validation and the results all come from here. Raise `version`
//     whenever the same parameters may give another Q.
const Registered<QuantizerEntry> registered({
    .description = {.name = "my_quantizer",
                    .version = 1,
                    .summary = "greedy path following whose memory fades",
                    .formula = "u <- memory u + w_t X_t,  q_t = R(<Xq_t, u> / ||Xq_t||^2),  u <- u - q_t Xq_t",
                    .hypotheses = "",
                    .source = "you",
                    .parameters = ParameterTable{real("memory",
                                                      "how much of the earlier error counts: 1 all of it, 0 none")
                                                     .at_least(0)
                                                     .at_most(1)
                                                     .defaults_to(1.0)} +
                                  AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<MyQuantizer>(parameters); },
});

}  // namespace
