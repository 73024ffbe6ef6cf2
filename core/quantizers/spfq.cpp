// SPFQ, stochastic path-following quantization.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/random_rounding.hpp"
#include "core/path_following/no_clip_levels.hpp"
#include "core/path_following/path_following.hpp"
#include "core/path_following/path_growth.hpp"
#include "core/quantizers/data_alignment.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace spfq_quantizer {

// Phase I finds W~ with XqW~ close to XW by passes of the recurrence without rounding, or by least squares; phase II
// follows W~ on Xq with stochastic decisions. The total error is XW - XqQ = Uhat + U~, the residual of phase I and the
// state of phase II.
class Spfq final : public QuantizerTemplate<Spfq> {
 public:
  explicit Spfq(const Parameters& parameters)
      : alignment_(DataAlignment::from(parameters)),
        rounding_(RandomRounding::from(parameters)),
        order_(order_from(parameters)) {}

  QuantizerTraits traits() const override {
    return {.path_following = true,
            .rounding = rounding_.rounding(),
            .order = order_,
            .random = true,
            .chooses_levels = !rounding_.sigma,
            .block_alphabets = true,
            .alignment_passes = alignment_.passes};
  }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  double cost(LayerShape shape, bool mismatch) const override {
    return 2.0 * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
               static_cast<double>(shape.neurons) +
           (mismatch ? alignment_.cost(shape) : 0.0);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                        const ExecutionContext& execution) const {
    const auto [samples, width, neurons] = problem.shape();
    QuantizedLayer<S> result;
    const std::vector<Index> order = permutation(order_, problem.squared_norms());
    const RowMatrix<S> aligned =
        problem.has_mismatch() ? alignment_.align(problem, order, execution, result) : problem.weights();
    if (problem.has_mismatch()) result.largest_aligned_weights = largest_of_neurons(aligned);
    result.weights.resize(width, neurons);
    const auto rule = rounding_.rule<S>(alphabet, decisions);
    const FollowedPath followed =
        follow_quantized_path(problem, aligned, *rule, execution, result.weights, nullptr, order);
    result.clipped = followed.clipped;
    result.variant = to_text(followed.variant);
    return result;
  }

  template <class S>
  std::int64_t enough_levels(const LayerProblem<S>& problem, const Alphabet& alphabet, double probability,
                             const ExecutionContext& execution) const {
    QuantizedLayer<S> unused;
    const Vector largest = largest_of_neurons(
        problem.has_mismatch()
            ? alignment_.align(problem, permutation(order_, problem.squared_norms()), execution, unused)
            : problem.weights());
    const double growth = growth_of(problem, execution).largest;
    return spfq_no_clip_half_levels(largest, alphabet.steps, growth, problem.shape().width, 1 - probability,
                                    alphabet.kind);
  }

  template <class S>
  std::unique_ptr<DecisionRule<S>> feature_rule(const Alphabet& alphabet, const Stream& decisions) const {
    if (order_ != FeatureOrder::natural) return nullptr;
    return rounding_.rule<S>(alphabet, decisions);
  }

 private:
  template <class S>
  PathGrowth growth_of(const LayerProblem<S>& problem, const ExecutionContext& execution) const {
    const GramCalibration<S>* gram = problem.gram_side();
    if (gram == nullptr) return path_growth(permuted_columns(order_, problem), execution);
    const GramCalibration<S> visited(*gram, permutation(order_, problem.squared_norms()));
    return path_growth(visited.exact().gram(), visited.width(), execution);
  }
  template <class S>
  static Vector largest_of_neurons(const RowMatrix<S>& weights) {
    return weights.template cast<double>().cwiseAbs().colwise().maxCoeff().transpose();
  }

  DataAlignment alignment_;
  RandomRounding rounding_;
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
             "law logistic: q_t = R(c_t + sigma step L), R the nearest level, L = log(v/(1 - v)), v uniform on (0, "
             "1);\n"
             "alphabet.levels.rule spfq_no_clip: K of runsweep explain spfq_no_clip, from this layer's X, Xq and W",
         .hypotheses = "",
         .source = "Zhang & Saab 2023, arXiv 2309.10975; law logistic: relaxed quantization, arXiv 1810.01875",
         .parameters = DataAlignment::parameters() + RandomRounding::parameters() + order_parameters() +
                       AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Spfq>(parameters); },
});

}  // namespace spfq_quantizer
}  // namespace pathquant
