// MSQ, memoryless scalar quantization: every weight to its nearest level, whatever the inputs.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/deterministic_rounding.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace msq_quantizer {

class Msq final : public QuantizerTemplate<Msq> {
 public:
  explicit Msq(const Parameters& parameters) : rounding_(DeterministicRounding::from(parameters)) {}

  QuantizerTraits traits() const override {
    return {.uses_inputs = false,
            .rounding = rounding_.rounding,
            .threshold = rounding_.threshold,
            .block_alphabets = true};
  }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const auto [samples, width, neurons] = problem.shape();
    const auto rule = rounding_.template rule<S>(alphabet);
    QuantizedLayer<S> result;
    result.weights.resize(width, neurons);
    for (Index t = 0; t < width; ++t) {
      execution.poll();
      result.clipped += rule->decide(t, neurons, problem.weights().row(t).data(), result.weights.row(t).data());
    }
    return result;
  }

  template <class S>
  std::unique_ptr<DecisionRule<S>> feature_rule(const Alphabet& alphabet, const Stream& /*decisions*/) const {
    return rounding_.template rule<S>(alphabet);
  }

 private:
  DeterministicRounding rounding_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "msq",
         .version = 1,
         .summary = "memoryless scalar quantization: round every weight to its nearest level",
         .formula = "nearest: q_t = R(w_t), midtread: R(w) = step clip(floor(w/step + 1/2), -K, K);\n"
                    "soft: q_t = R(s_t), s_t = sign(w_t) max(|w_t| - threshold, 0);\n"
                    "hard: q_t = 0 where |w_t| <= threshold, otherwise sign(w_t) (threshold + |R(s_t)|): 2K + 3 levels",
         .hypotheses = "",
         .source = "the baseline of every paper; round-to-nearest (RTN)",
         .parameters = DeterministicRounding::parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Msq>(parameters); },
});

}  // namespace msq_quantizer
}  // namespace pathquant
