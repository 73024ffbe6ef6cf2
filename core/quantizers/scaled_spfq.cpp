// Scaled stochastic path following: SPFQ with smaller steps towards the error, so that fewer levels do, and with
// pruning.
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/pruned_decision.hpp"
#include "core/kernels/column_kernels.hpp"
#include "core/quantizers/data_alignment.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace scaled_spfq_quantizer {

class ScaledSpfq final : public QuantizerTemplate<ScaledSpfq> {
 public:
  explicit ScaledSpfq(const Parameters& parameters)
      : scale_(parameters.real("scale")),
        prune_(parameters.integer("prune")),
        alignment_(DataAlignment::from(parameters)),
        order_(order_from(parameters)) {
    if (prune_ == 0) return;
    const AlphabetRule alphabet(parameters);
    if (alphabet.kind() != AlphabetKind::midtread)
      throw std::invalid_argument("prune needs a mid-tread alphabet: alphabet.kind midtread");
    if (alphabet.half_levels() && *alphabet.half_levels() < prune_)
      throw std::invalid_argument("prune must not lie beyond the largest level, K steps");
  }

  QuantizerTraits traits() const override {
    return {.rounding = Rounding::stochastic,
            .order = order_,
            .random = true,
            .path_scale = scale_,
            .pruned_steps = prune_};
  }
  double cost(LayerShape shape, bool mismatch) const override {
    return 2.0 * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
               static_cast<double>(shape.neurons) +
           (mismatch ? alignment_.cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                        const ExecutionContext& execution) const {
    QuantizedLayer<S> result;
    const std::vector<Index> order = permutation(order_, problem.squared_norms());
    const RowMatrix<S> aligned =
        problem.has_mismatch() ? alignment_.align(problem, order, execution, result) : problem.weights();
    result.weights.resize(problem.shape().width, problem.shape().neurons);
    if (prune_ > 0)
      follow(problem, aligned, order, PrunedDecision<S>(alphabet, prune_, decisions), execution, result);
    else
      follow(problem, aligned, order, StochasticDecision<S>(alphabet, decisions), execution, result);
    return result;
  }

 private:
  template <class S>
  void follow(const LayerProblem<S>& problem, const RowMatrix<S>& aligned, const std::vector<Index>& order,
              const DecisionRule<S>& rule, const ExecutionContext& execution, QuantizedLayer<S>& result) const {
    const auto& kernels = kernels::active<S>();
    const auto [samples, width, neurons] = problem.shape();
    RowMatrix<S> state = RowMatrix<S>::Zero(samples, neurons);
    Eigen::Matrix<S, 1, Eigen::Dynamic> argument(neurons), change(neurons);
    for (const Index t : order) {
      execution.poll();
      const S* xq = problem.quantized_inputs().col(t).data();
      const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];
      argument.setZero();
      if (norm > 0) {
        kernels.project(samples, neurons, xq, state.data(), argument.data());
        argument = aligned.row(t) + argument / (static_cast<S>(scale_) * norm);
      }
      result.clipped += rule.decide(t, neurons, argument.data(), result.weights.row(t).data());
      change = aligned.row(t) - result.weights.row(t);
      kernels.update(samples, neurons, xq, change.data(), state.data());
    }
  }

  double scale_;
  std::int64_t prune_;
  DataAlignment alignment_;
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "scaled_spfq",
         .version = 1,
         .summary = "scaled stochastic path following, also with pruning: a fraction of the error is corrected at a "
                    "time, so arguments stay near the weights and few levels, even two, do without clipping",
         .formula =
             "phase I: W~ as spfq's; phase II: c_t = w~_t + <Xq_t, u_{t-1}> / (scale ||Xq_t||^2),  q_t = T(c_t),\n"
             "u_t = u_{t-1} + (w~_t - q_t) Xq_t;\n"
             "T: one of the two neighbouring levels, with mean c_t; below theta = prune steps: sign(c_t) theta with "
             "probability |c_t|/theta, otherwise 0. One bit: alphabet.kind midrise, levels 2; scale 1 without pruning "
             "is spfq;\n"
             "pruning alone: levels infinite with a step that is nothing beside theta (step 1e-6, prune 500000: theta "
             "0.5), so that T(c) is c from theta on, up to a step",
         .hypotheses = "",
         .source = "Zhang & Saab 2024, arXiv 2412.18184 (as recalled: where the scale enters was not checked)",
         .parameters = ParameterTable{real("scale", "C: by how much the step towards the error is shortened")
                                          .at_least(1)
                                          .at_most(1e9)
                                          .defaults_to(1.0),
                                      integer("prune",
                                              "theta in steps, below which a weight becomes 0 or theta; 0: no pruning")
                                          .at_least(0)
                                          .at_most(1e6)
                                          .defaults_to(std::int64_t{0})} +
                       DataAlignment::parameters() + order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<ScaledSpfq>(parameters); },
});

}  // namespace scaled_spfq_quantizer
}  // namespace pathquant
