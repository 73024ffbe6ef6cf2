// HQQ: the zero point of each block is moved until few weights are far from their levels.
//
//   symbol   meaning
//   w        the weights of a block
//   b        bits; codes k = 0 .. 2^b - 1
//   s        step, (max w - min w) / (2^b - 1), which stays
//   z        zero point, a real number, at first -min w / s
//   e        what of w is taken for outliers
//   p, beta  exponent of the penalty on e, and the weight of the quadratic part: parameters
//
// Minimises ||w - s (k - z) - e||^2 / 2 + ||e||_p^p / beta over e, k and z in turns, beta growing:
//   k = clip(round(w / s + z)),  e = sign(r) max(|r| - |r|^{p-1} / beta, 0) with r = w - s (k - z),
//   z = mean(k - (w - e) / s).
// A round is one of these turns; there are `rounds` of them, or fewer: the first that does not lower the mean of |w - q|
// is the last, and the best z stays.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/decision/decision_rule.hpp"
#include "core/quantizers/block_rule.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace hqq_quantizer {

constexpr double beta_growth = 1.01;

struct Grid {
  double step;
  double zero;
};

class Hqq final : public QuantizerTemplate<Hqq> {
 public:
  explicit Hqq(const Parameters& parameters)
      : codes_((std::int64_t{1} << parameters.integer("bits")) - 1),
        p_(parameters.real("p")),
        beta_(parameters.real("beta")),
        rounds_(parameters.integer("rounds")),
        rule_(parameters) {}

  QuantizerTraits traits() const override { return {.uses_inputs = false, .own_levels = true}; }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return 30 * static_cast<double>(rounds_) * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    QuantizedLayer<S> result;
    result.alphabet = fitted(problem.weights(), rule_.blocks(problem.shape()), execution);
    result.weights.resize(problem.shape().width, problem.shape().neurons);
    const NearestDecision<S> rule(*result.alphabet);
    for (Index t = 0; t < result.weights.rows(); ++t)
      result.clipped +=
          rule.decide(t, result.weights.cols(), problem.weights().row(t).data(), result.weights.row(t).data());
    return result;
  }

 private:
  template <class S>
  Alphabet fitted(const RowMatrix<S>& weights, const WeightBlocks& blocks, const ExecutionContext& execution) const {
    std::vector<Grid> grids(static_cast<std::size_t>(blocks.count()));
    read_blocks<S>(weights, blocks, [&](Index b, std::span<const S> x) {
      execution.poll();
      grids[static_cast<std::size_t>(b)] = fit(std::vector<double>(x.begin(), x.end()));
    });
    const Index groups = blocks.whole_layer ? 1 : blocks.of_a_neuron();
    RowMatrix<double> steps(groups, blocks.neurons), zeros(groups, blocks.neurons);
    for (Index g = 0; g < groups; ++g)
      for (Index j = 0; j < blocks.neurons; ++j) {
        const Grid& grid = grids[static_cast<std::size_t>(blocks.block(g * blocks.features, j))];
        steps(g, j) = grid.step;
        zeros(g, j) = grid.zero;
      }
    Alphabet alphabet{steps.colwise().maxCoeff().transpose(), std::nullopt, AlphabetKind::list};
    alphabet.values.resize(static_cast<std::size_t>(codes_ + 1));
    std::iota(alphabet.values.begin(), alphabet.values.end(), 0.0);
    if (groups > 1) {
      alphabet.group = blocks.features;
      alphabet.group_steps = steps;
    }
    alphabet.zeros = zeros;
    return alphabet;
  }

  Grid fit(const std::vector<double>& w) const {
    const auto [least, greatest] = std::minmax_element(w.begin(), w.end());
    // One value: it is a level.
    if (*least == *greatest) return {*least == 0 ? 1 : std::abs(*least), *least < 0 ? 1.0 : 0.0};
    const double step = (*greatest - *least) / static_cast<double>(codes_);
    double zero = -*least / step, best = zero, beta = beta_;
    double least_error = std::numeric_limits<double>::infinity();
    for (std::int64_t round = 0; round < rounds_; ++round, beta *= beta_growth) {
      double error = 0, offsets = 0;
      for (const double x : w) {
        const double code = std::clamp(std::floor(x / step + zero + 0.5), 0.0, static_cast<double>(codes_));
        const double residual = x - step * (code - zero);
        error += std::abs(residual);
        offsets += code - (x - outlier(residual, beta)) / step;
      }
      if (!(error < least_error)) break;
      least_error = error;
      best = zero;
      zero = offsets / static_cast<double>(w.size());
    }
    return {step, best};
  }

  double outlier(double residual, double beta) const {
    const double size = std::abs(residual);
    if (!(size >= std::numeric_limits<double>::min())) return 0;
    return std::copysign(std::max(size - exponential((p_ - 1) * natural_log(size)) / beta, 0.0), residual);
  }

  std::int64_t codes_;
  double p_;
  double beta_;
  std::int64_t rounds_;
  BlockRule rule_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "hqq",
         .version = 1,
         .summary = "HQQ: rounding to 2^bits equispaced levels whose zero point is fitted with outliers set aside",
         .formula = "q = s (k - z), k = clip(round(w/s + z)), s = (max w - min w)/(2^bits - 1);\n"
                    "z from rounds of e = shrink(w - q), z = mean(k - (w - e)/s), beta grown by 1 %, as long as the "
                    "mean of |w - q| falls;\nshrink(r) = sign(r) max(|r| - |r|^(p-1)/beta, 0)",
         .hypotheses = "beta is in units of the weights, as published: for small weights nothing counts as an outlier",
         .source = "Badri & Shaji 2023, Half-Quadratic Quantization of Large Machine Learning Models; p 0.7, beta 10, "
                   "20 rounds are theirs",
         .parameters =
             ParameterTable{
                 integer("bits", "2^bits levels").defaults_to(std::int64_t{4}).at_least(1).at_most(16),
                 real("p", "of ||e||_p^p").defaults_to(0.7).above(0).at_most(1),
                 real("beta", "weight of the quadratic part at first").defaults_to(10.0).above(0),
                 integer("rounds",
                         "of fitting the zero point, at most: each makes k, e and z anew, and the first that "
                         "does not lower the mean of |w - q| is the last")
                     .defaults_to(std::int64_t{20})
                     .at_least(1)
                     .at_most(1000)} +
             BlockRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Hqq>(parameters); },
});

}  // namespace hqq_quantizer
}  // namespace pathquant
