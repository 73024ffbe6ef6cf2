// GPTAQ: OPTQ with asymmetric calibration.
#include <array>
#include <atomic>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/error_feedback.hpp"
#include "core/feedback/feedback_parameters.hpp"
#include "core/feedback/most_features.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/layer/permutation.hpp"
#include "core/linalg/product.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace gptaq_quantizer {

// Symbols of core/feedback/elimination.hpp, and
//   E  N x N  Xq^T (X - Xq), features as they are visited
//   C  N x N  M^{-1}, so H^{-1} = C C^T
// The published step is v_s += -xi_t C_st/C_tt + v_t P_ts for s > t with P = alpha striu(E^T C) C^T. Summed up and
// multiplied by F, the same is
//   v_t = w_t + sum_{s<t} (F_ts (w_s - q_s) + K_ts v_s),   K_ts = alpha (M^{-T} E)_ts / M_tt,
// for which neither C nor P is needed.
class Gptaq final : public QuantizerTemplate<Gptaq> {
 public:
  explicit Gptaq(const Parameters& parameters)
      : damping_(parameters.real("damping")), alpha_(parameters.real("alpha")), order_(order_from(parameters)) {}

  QuantizerTraits traits() const override { return {.order = order_, .block_alphabets = true}; }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(feedback_holds, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    const auto n = static_cast<double>(shape.width);
    return elimination_cost(shape) + feedback_cost(shape) +
           (mismatch ? n * n * static_cast<double>(shape.samples) + n * n * n / 2 + feedback_cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const Elimination<S> elimination(problem, permutation(order_, problem.squared_norms()), damping_, execution);
    const RowMatrix<S> weights = problem.weights()(elimination.order(), Eigen::all);
    const NearestDecision<S> rule(alphabet);
    if (!problem.has_mismatch()) return feed_back<S>(problem, elimination, weights, nullptr, rule, execution);

    const Index neurons = problem.shape().neurons;
    QuantizedLayer<S> result;
    result.weights.resize(problem.shape().width, neurons);
    RowMatrix<S> change(problem.shape().width, neurons);
    RowMatrix<S> arguments(problem.shape().width, neurons);
    const LowerRows<S> feedback = elimination.feedback();
    const LowerRows<S> correction = correction_of(problem, elimination, execution);
    const std::array<SweepTerm<S>, 2> terms = {{{&feedback, &change}, {&correction, &arguments}}};
    std::atomic<std::int64_t> clipped = 0;
    causal_sweep<S>(
        weights, terms,
        [&](Index t, Index first, Index count, const S* c) {
          const Index feature = elimination.order()[static_cast<std::size_t>(t)];
          S* const v = arguments.row(t).data() + first;
          if (elimination.dead(t))
            std::fill_n(v, count, S(0));
          else
            std::copy_n(c, count, v);
          S* const q = result.weights.row(feature).data() + first;
          clipped += rule.decide_some(feature, first, count, v, q, nullptr);
          for (Index j = 0; j < count; ++j) change(t, first + j) = weights(t, first + j) - q[j];
        },
        execution);
    result.clipped = clipped;
    result.elimination = elimination.facts();
    return result;
  }

 private:
  /// X - Xq, sample by sample: a few of them at a time, whose rows then stay in the first-level cache.
  template <class S>
  static RowMatrix<S> drift_rows(const Matrix<S>& x, const Matrix<S>& xq) {
    constexpr Index at_once = 32;
    RowMatrix<S> drift(x.rows(), x.cols());
    for (Index start = 0; start < x.rows(); start += at_once)
      for (Index t = 0; t < x.cols(); ++t)
        for (Index i = start; i < std::min(start + at_once, x.rows()); ++i) drift(i, t) = x(i, t) - xq(i, t);
    return drift;
  }

  /// E, features in their own order.
  template <class S>
  static RowMatrix<S> inner_products(const LayerProblem<S>& problem, const ExecutionContext& execution) {
    if (const GramCalibration<S>* gram = problem.gram_side()) return difference_products(*gram).template cast<S>();
    const Matrix<S>& xq = problem.quantized_inputs();
    return product(pack_transposed(xq), drift_rows(problem.inputs(), xq), execution);
  }

  /// K
  template <class S>
  LowerRows<S> correction_of(const LayerProblem<S>& problem, const Elimination<S>& elimination,
                             const ExecutionContext& execution) const {
    const RowMatrix<S> inner = inner_products(problem, execution);
    RowMatrix<double> ordered(inner.rows(), inner.cols());
    for (Index t = 0; t < ordered.rows(); ++t) {
      const S* row = inner.row(elimination.order()[static_cast<std::size_t>(t)]).data();
      std::transform(elimination.order().begin(), elimination.order().end(), ordered.row(t).data(),
                     [row](Index feature) { return static_cast<double>(row[feature]); });
    }
    const RowMatrix<double> solved = elimination.solve_transposed(std::move(ordered), execution);
    return LowerRows<S>(elimination.features(), [&](Index t, S* out) {
      const double scale = alpha_ / std::sqrt(elimination.squared_distance(t));
      const double* row = solved.row(t).data();
      std::transform(row, row + t, out, [scale](double x) { return static_cast<S>(scale * x); });
    });
  }

  double damping_;
  double alpha_;
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "gptaq",
         .version = 1,
         .summary = "GPTAQ: OPTQ that also hands on what differs between the inputs of the two networks",
         .formula = "H = Xq^T Xq + lambda I, D = (X - Xq)^T Xq, U^T U = H^{-1} with U upper triangular,\n"
                    "P = alpha striu(D U^T) U,  striu: what is strictly above the diagonal;\n"
                    "q_t = R(v_t),  v_{>t} += -(v_t - q_t) U_{t,>t} / U_tt + v_t P_{t,>t},  v = w at first. Where X == "
                    "Xq it is optq",
         .hypotheses = "",
         .source = "GPTAQ, arXiv 2504.02692 and its published code (alpha 0.25); the form without U and P: derived",
         .parameters = damping_parameters(0.01) +
                       ParameterTable{real("alpha", "how much of what differs is handed on; only where X != Xq")
                                          .at_least(0)
                                          .at_most(1)
                                          .defaults_to(0.25)} +
                       order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Gptaq>(parameters); },
});

}  // namespace gptaq_quantizer
}  // namespace pathquant
