// Qronos: error feedback that undoes both the mismatch of the inputs and its own rounding.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/error_feedback.hpp"
#include "core/feedback/feedback_parameters.hpp"
#include "core/feedback/least_squares_shift.hpp"
#include "core/feedback/most_features.hpp"
#include "core/layer/permutation.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace qronos_quantizer {

// The decision for t is made from the float weights behind t, which are then chosen anew to do best on what is left:
//   q_t = R((<Xq_t, Xw - sum_{s<t} q_s Xq_s - sum_{s>t} v_s Xq_s> + lambda w_t) / (||Xq_t||^2 + lambda)),
//   v_{>t} = argmin_v ||Xw - sum_{s<=t} q_s Xq_s - Xq_{>t} v||^2 + lambda ||v - w_{>t}||^2.
// For t >= 2 the v_{>=t} are such a minimum, so the argument is v_t itself, and what a decision does to the later ones
// is OPTQ's step; the v that the first one leaves are those that OPTQ has from W*. So all of it is error feedback from
// W*, but for the first argument, which is made from W. (Theory, 6.1 and O4; lambda adds its row to every column.)
class Qronos final : public QuantizerTemplate<Qronos> {
 public:
  explicit Qronos(const Parameters& parameters)
      : damping_(parameters.real("damping")), order_(order_from(parameters)) {}

  QuantizerTraits traits() const override {
    return {.order = order_, .block_alphabets = true, .error_feedback = true, .first_projected = true};
  }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(feedback_holds, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    return elimination_cost(shape) + feedback_cost(shape) + (mismatch ? shift_cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const Elimination<S> elimination(problem, permutation(order_, problem.squared_norms()), damping_, execution);
    const NearestDecision<S> rule(alphabet);
    if (!problem.has_mismatch()) {
      const RowMatrix<S> weights = problem.weights()(elimination.order(), Eigen::all);
      return feed_back<S>(problem, elimination, weights, nullptr, rule, execution);
    }
    ShiftedWeights<S> shifted = shift_weights(problem, elimination, 1, execution);
    const auto feature = static_cast<std::size_t>(elimination.order().front());
    const double norm = static_cast<double>(problem.squared_norms()[feature]) + elimination.facts().lambda;
    const RowMatrix<S> first = (problem.weights().row(static_cast<Index>(feature)).template cast<double>() +
                                shifted.right.row(0) / (norm > 0 ? norm : 1))
                                   .template cast<S>();
    QuantizedLayer<S> result = feed_back<S>(problem, elimination, shifted.weights, &first, rule, execution);
    result.alignment_residual = std::move(shifted.residual);
    result.alignment_energies = std::move(shifted.residual_energies);
    return result;
  }

 private:
  double damping_;
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "qronos",
         .version = 1,
         .summary = "Qronos: the weights that are left are chosen anew after each decision, to undo mismatch and "
                    "rounding alike",
         .formula = "q_t = R((<Xq_t, Xw - sum_{s<t} q_s Xq_s - sum_{s>t} v_s Xq_s> + lambda w_t) / (||Xq_t||^2 + "
                    "lambda)),\n"
                    "v_{>t} = argmin_v ||Xw - sum_{s<=t} q_s Xq_s - Xq_{>t} v||^2 + lambda ||v - w_{>t}||^2, v = w at "
                    "first;\n"
                    "lambda = damping mean ||Xq_t||^2. Where X == Xq it is optq with this damping",
         .hypotheses = "",
         .source = "Zhang, Zhang, Colbert & Saab 2025, arXiv 2505.11695 (there lambda = 1e-6 ||Xq||_op^2); one "
                   "alignment and error feedback: derived",
         .parameters = damping_parameters(1e-6) + order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Qronos>(parameters); },
});

}  // namespace qronos_quantizer
}  // namespace pathquant
