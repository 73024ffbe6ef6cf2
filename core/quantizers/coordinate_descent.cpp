// Coordinate descent on the output error: every weight to the level that is best while the others stay, until none
// moves.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/error_feedback.hpp"
#include "core/feedback/feedback_parameters.hpp"
#include "core/feedback/least_squares_shift.hpp"
#include "core/feedback/most_features.hpp"
#include "core/feedback/output_descent.hpp"
#include "core/layer/permutation.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace coordinate_descent_quantizer {

class CoordinateDescent final : public QuantizerTemplate<CoordinateDescent> {
 public:
  explicit CoordinateDescent(const Parameters& parameters)
      : from_optq_(parameters.is("start", "optq")),
        damping_(parameters.real("damping")),
        most_sweeps_(parameters.integer("sweeps")),
        order_(order_from(parameters)) {}

  QuantizerTraits traits() const override { return {.order = order_, .block_alphabets = true}; }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(descent_holds, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    const double start = elimination_cost(shape) + feedback_cost(shape) + (mismatch ? shift_cost(shape) : 0.0);
    return output_descent_cost(shape, mismatch) +
           static_cast<double>(std::min<std::int64_t>(most_sweeps_, 10)) * output_sweep_cost(shape) +
           (from_optq_ ? start : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const NearestDecision<S> rule(alphabet);
    QuantizedLayer<S> result;
    if (from_optq_) {
      result = optq(problem, rule, execution);
    } else {
      result.weights.resize(problem.shape().width, problem.shape().neurons);
      for (Index t = 0; t < problem.shape().width; ++t)
        result.clipped +=
            rule.decide(t, problem.shape().neurons, problem.weights().row(t).data(), result.weights.row(t).data());
    }
    result.clipped += OutputDescent<S>(problem, execution).descend(result.weights, rule, most_sweeps_, execution);
    return result;
  }

 private:
  template <class S>
  QuantizedLayer<S> optq(const LayerProblem<S>& problem, const DecisionRule<S>& rule,
                         const ExecutionContext& execution) const {
    const Elimination<S> elimination(problem, permutation(order_, problem.squared_norms()), damping_, execution);
    const RowMatrix<S> weights = problem.has_mismatch()
                                     ? shift_weights(problem, elimination, 1, execution).weights
                                     : RowMatrix<S>(problem.weights()(elimination.order(), Eigen::all));
    return feed_back<S>(problem, elimination, weights, nullptr, rule, execution);
  }

  bool from_optq_;
  double damping_;
  std::int64_t most_sweeps_;
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "coordinate_descent",
         .version = 1,
         .summary = "coordinate descent: every weight again and again to the level that is best while the others stay",
         .formula = "q_t = R(q_t + <Xq_t, XW - XqQ> / ||Xq_t||^2), t = 1..N, until nothing changes; it never makes "
                    "||XW - XqQ||_F larger than the start did:\n"
                    "start msq: rounded weights; optq: optq with calibration asymmetric, this damping and this order",
         .hypotheses = "",
         .source = "coordinate descent on the quadratic of OPTQ, arXiv 2210.17323; derived",
         .parameters = ParameterTable{word("start", {"msq", "optq"}, "what is improved").defaults_to("optq"),
                                      integer("sweeps", "passes over the features at most")
                                          .at_least(1)
                                          .at_most(1e6)
                                          .defaults_to(std::int64_t{100})} +
                       damping_parameters(0.01) + order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<CoordinateDescent>(parameters); },
});

}  // namespace coordinate_descent_quantizer
}  // namespace pathquant
