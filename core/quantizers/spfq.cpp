// SPFQ, stochastic path-following quantization.
#include <optional>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/bounds/spfq_no_clip.hpp"
#include "core/path/path_following.hpp"
#include "core/quantizers/perfect_alignment.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/statistics/path_growth.hpp"

namespace pathquant {
namespace {

// Phase I finds W~ with XqW~ close to XW by passes of the recurrence without rounding, or by least squares; phase II
// follows W~ on Xq with stochastic decisions. The total error is XW - XqQ = Uhat + U~, the residual of phase I and the
// state of phase II.
class Spfq final : public QuantizerTemplate<Spfq> {
 public:
  explicit Spfq(const Parameters& parameters) : order_(order_from(parameters)) {
    if (!parameters.is("alignment", "perfect")) passes_ = parameters.integer("alignment");
  }

  QuantizerTraits traits() const override {
    return {.path_following = true,
            .rounding = Rounding::stochastic,
            .order = order_,
            .random = true,
            .chooses_levels = true,
            .block_alphabets = true,
            .alignment_passes = passes_};
  }
  double cost(LayerShape shape, bool mismatch) const override {
    const double passes = mismatch && passes_ ? 3.0 + 2.0 * static_cast<double>(*passes_) : 2.0;
    return passes * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
               static_cast<double>(shape.neurons) +
           (mismatch && !passes_ ? perfect_alignment_cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                        const Interrupt& interrupt) const {
    const auto [samples, width, neurons] = problem.shape();
    QuantizedLayer<S> result;
    const std::vector<Index> order = visits(order_, problem.squared_norms());
    const RowMatrix<S> aligned =
        problem.has_mismatch() ? align(problem, order, interrupt, result.alignment_residual) : problem.weights();
    if (problem.has_mismatch()) result.largest_aligned_weights = largest_of_neurons(aligned);
    result.weights.resize(width, neurons);
    const FollowedPath followed = follow_quantized_path(problem, aligned, StochasticDecision<S>(alphabet, decisions),
                                                        interrupt, result.weights, nullptr, order);
    result.clipped = followed.clipped;
    result.variant = to_text(followed.variant);
    return result;
  }

  template <class S>
  std::int64_t enough_levels(const LayerProblem<S>& problem, const Alphabet& alphabet, double probability,
                             const Interrupt& interrupt) const {
    RowMatrix<S> residual;
    const Vector largest = largest_of_neurons(
        problem.has_mismatch() ? align(problem, visits(order_, problem.squared_norms()), interrupt, residual)
                               : problem.weights());
    const double growth = path_growth(visited_columns(order_, problem), interrupt).largest;
    return spfq_no_clip_half_levels(largest, alphabet.steps, growth, problem.shape().width, 1 - probability,
                                    alphabet.kind);
  }

 private:
  template <class S>
  static Vector largest_of_neurons(const RowMatrix<S>& weights) {
    return weights.template cast<double>().cwiseAbs().colwise().maxCoeff().transpose();
  }

  template <class S>
  RowMatrix<S> align(const LayerProblem<S>& problem, const std::vector<Index>& order, const Interrupt& interrupt,
                     RowMatrix<S>& residual) const {
    if (!passes_) return perfect_alignment(problem, interrupt, residual);
    // uhat_1 from (X, Xq); each later pass sweeps over Xq alone and starts from the residual of the one before.
    RowMatrix<S> aligned = problem.weights();
    follow_path(problem, aligned, ExactDecision<S>(), interrupt, aligned, &residual, order);
    for (std::int64_t pass = 1; pass < *passes_; ++pass)
      follow_quantized_path(problem, aligned, ExactDecision<S>(), interrupt, aligned, &residual, order);
    return aligned;
  }

  std::optional<std::int64_t> passes_;  // absent: perfect alignment
  FeatureOrder order_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "spfq",
         .version = 2,
         .summary = "stochastic path following: align the weights to the quantized inputs, then round at random",
         .formula =
             "phase I: W~ from `alignment` Gauss-Seidel passes, or (perfect) the shortest least-squares solution of\n"
             "XqW~ = XW; Uhat = XW - XqW~ (X == Xq: W~ = W);\n"
             "phase II: c_t = w~_t + <Xq_t, u_{t-1}> / ||Xq_t||^2,  z = c_t/step,  f = floor(z),\n"
             "midtread: q_t = step clip(f + Bernoulli(z - f), -K, K),  u_t = u_{t-1} + (w~_t - q_t) Xq_t;\n"
             "midrise and list: of the two neighbouring levels, with mean c_t;\n"
             "alphabet.levels.rule spfq_no_clip: K of runsweep explain spfq_no_clip, from this layer's X, Xq and W",
         .hypotheses = "",
         .source = "Zhang & Saab 2023, arXiv 2309.10975",
         .parameters =
             ParameterTable{
                 integer("alignment",
                         "order r of the data alignment: passes of Gauss-Seidel; perfect: least squares (only where X "
                         "!= Xq)")
                     .at_least(1)
                     .at_most(1000)
                     .or_word("perfect")
                     .defaults_to(std::int64_t{1})} +
             order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Spfq>(parameters); },
});

}  // namespace
}  // namespace pathquant
