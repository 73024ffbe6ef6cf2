// OPTQ (GPTQ): error feedback on the inverse of Xq^T Xq + lambda I.
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/error_feedback.hpp"
#include "core/feedback/feedback_parameters.hpp"
#include "core/feedback/least_squares_shift.hpp"
#include "core/feedback/most_features.hpp"
#include "core/layer/permutation.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace optq_quantizer {

class Optq final : public QuantizerTemplate<Optq> {
 public:
  explicit Optq(const Parameters& parameters)
      : damping_(parameters.real("damping")),
        alpha_(alpha_from(parameters)),
        stochastic_(parameters.is("rounding", "stochastic")),
        order_(order_from(parameters)) {}

  QuantizerTraits traits() const override {
    return {.rounding = stochastic_ ? Rounding::stochastic : Rounding::nearest,
            .order = order_,
            .random = stochastic_,
            .block_alphabets = true,
            .error_feedback = true};
  }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(feedback_holds, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    return elimination_cost(shape) + feedback_cost(shape) + (mismatch && alpha_ > 0 ? shift_cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                        const ExecutionContext& execution) const {
    const Elimination<S> elimination(problem, permutation(order_, problem.squared_norms()), damping_, execution);
    ShiftedWeights<S> followed;
    if (problem.has_mismatch() && alpha_ > 0)
      followed = shift_weights(problem, elimination, alpha_, execution);
    else
      followed.weights = problem.weights()(elimination.order(), Eigen::all);
    const auto quantized = [&](const DecisionRule<S>& rule) {
      return feed_back<S>(problem, elimination, followed.weights, nullptr, rule, execution);
    };
    QuantizedLayer<S> result =
        stochastic_ ? quantized(StochasticDecision<S>(alphabet, decisions)) : quantized(NearestDecision<S>(alphabet));
    result.alignment_residual = std::move(followed.residual);
    result.alignment_energies = std::move(followed.residual_energies);
    result.elimination->starts_at_minimum = !problem.has_mismatch() || alpha_ == 1;
    return result;
  }

 private:
  static double alpha_from(const Parameters& parameters) {
    const bool asymmetric = parameters.is("calibration", "asymmetric");
    if (parameters.has("alpha") && !asymmetric) throw std::invalid_argument("alpha goes with calibration asymmetric");
    if (!asymmetric) return 0;
    return parameters.has("alpha") ? parameters.real("alpha") : 1;
  }

  double damping_;
  double alpha_;  // of W~
  bool stochastic_;
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "optq",
         .version = 1,
         .summary = "OPTQ (GPTQ): each rounding error is handed on to the later weights, as well as they can undo it",
         .formula =
             "H = Xq^T Xq + lambda I, lambda = damping mean ||Xq_t||^2;\n"
             "q_t = R(v_t),  v_{>t} += (v_t - q_t) H_{>t,>t}^{-1} H_{>t,t},  v = W~ at first;\n"
             "calibration symmetric: W~ = W (as published); asymmetric: W~ = W + alpha (W* - W) with the least-squares "
             "solution W* = W + H^{-1} Xq^T (X - Xq) W, so alpha 1 aligns the weights and then quantizes them;\n"
             "rounding stochastic: one of the two neighbouring levels, with mean v_t",
         .hypotheses = "",
         .source = "Frantar, Ashkboos, Hoefler & Alistarh 2022, arXiv 2210.17323 (damping 0.01; order decreasing_norm "
                   "is its act-order); stochastic: Zhang, Zhang, Colbert & Saab 2025, arXiv 2508.04853; W*: derived",
         .parameters =
             damping_parameters(0.01) +
             ParameterTable{
                 word("calibration", {"symmetric", "asymmetric"},
                      "to do on Xq what W does on Xq, or what it does on X (the same where X == Xq)")
                     .defaults_to("symmetric"),
                 real("alpha", "of asymmetric calibration: how far W is moved towards W* before it is rounded (1)")
                     .at_least(0)
                     .at_most(1),
                 word("rounding", {"nearest", "stochastic"}, "to the nearest level, or to one of the two neighbours")
                     .defaults_to("nearest")} +
             order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Optq>(parameters); },
});

}  // namespace optq_quantizer
}  // namespace pathquant
