// AdaRound: for every weight the level below it or the one above, by gradient descent on gates.
#include <cmath>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/most_features.hpp"
#include "core/feedback/rounding_gates.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace adaround_quantizer {

// Without the regulariser for this share of the iterations, then with an exponent that falls.
constexpr double warm_up = 0.2;
constexpr double first_exponent = 20;
constexpr double last_exponent = 2;

// Adam, with the constants of Kingma & Ba 2015, arXiv 1412.6980.
class Adam {
 public:
  Adam(Index rows, Index columns, double rate)
      : rate_(rate), mean_(RowMatrix<double>::Zero(rows, columns)), square_(mean_) {}

  void step(const RowMatrix<double>& gradient, RowMatrix<double>& v) {
    mean_left_ *= keep_mean;
    square_left_ *= keep_square;
    const double rate = rate_ / (1 - mean_left_), scale = 1 / (1 - square_left_);
    for (Index i = 0; i < v.size(); ++i) {
      const double g = gradient.data()[i];
      double& mean = mean_.data()[i];
      double& square = square_.data()[i];
      mean = keep_mean * mean + (1 - keep_mean) * g;
      square = keep_square * square + (1 - keep_square) * g * g;
      v.data()[i] -= rate * mean / (std::sqrt(square * scale) + floor_size);
    }
  }

 private:
  static constexpr double keep_mean = 0.9;
  static constexpr double keep_square = 0.999;
  static constexpr double floor_size = 1e-8;

  double rate_;
  RowMatrix<double> mean_, square_;
  double mean_left_ = 1, square_left_ = 1;  // what is left of the zeros they began with
};

class AdaRound final : public QuantizerTemplate<AdaRound> {
 public:
  explicit AdaRound(const Parameters& parameters)
      : iterations_(parameters.integer("iterations")),
        rate_(parameters.real("rate")),
        regularization_(parameters.real("regularization")) {}

  QuantizerTraits traits() const override { return {.block_alphabets = true}; }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(gates_hold, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    return rounding_gates_cost(shape, mismatch) + static_cast<double>(iterations_) * gate_gradient_cost(shape);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const RoundingGates<S> gates(problem, alphabet, execution);
    const RowMatrix<double> v = descend(gates, execution);
    QuantizedLayer<S> result;
    result.clipped = gates.clipped();
    const auto up = alphabet.ties_to_lower ? (v.array() > 0).eval() : (v.array() >= 0).eval();
    result.weights = up.select(gates.above(), gates.below());
    return result;
  }

 private:
  template <class S>
  RowMatrix<double> descend(const RoundingGates<S>& gates, const ExecutionContext& execution) const {
    RowMatrix<double> v = gates.start();
    Adam adam(v.rows(), v.cols(), rate_);
    const double warm = std::floor(warm_up * static_cast<double>(iterations_));
    for (std::int64_t i = 0; i < iterations_; ++i) {
      execution.poll();
      const double done = (static_cast<double>(i) - warm) / (static_cast<double>(iterations_) - warm);
      const GateRegularizer regularizer{done < 0 ? 0 : regularization_,
                                        first_exponent + (last_exponent - first_exponent) * std::max(done, 0.0)};
      adam.step(gates.gradient(v, regularizer, execution), v);
    }
    return v;
  }

  std::int64_t iterations_;
  double rate_;
  double regularization_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "adaround",
         .version = 1,
         .summary = "AdaRound: every weight to the level below it or to the one above, by gradient descent on the "
                    "output error with gates between the two",
         .formula =
             "q = low + h (high - low), h = clip(1.2/(1 + exp(-V)) - 0.1, 0, 1), q = w at first;\n"
             "Adam on ||XW - XqQ||_F^2 / mean ||Xq_t||^2 / step^2 + regularization sum (1 - |2h - 1|^beta),\n"
             "without the last sum for a fifth of the iterations, then beta from 20 down to 2; at last high where V >= "
             "0, else low",
         .hypotheses = "",
         .source = "Nagel, Amjad, van Baalen, Louizos & Blankevoort 2020, arXiv 2004.10568 (all samples at a time; "
                   "theirs: 10000 to 20000 iterations at a rate of 0.001 and minibatches)",
         .parameters =
             ParameterTable{
                 integer("iterations", "steps of Adam").at_least(1).at_most(1e6).defaults_to(std::int64_t{1000}),
                 real("rate", "of Adam").above(0).at_most(1).defaults_to(0.05),
                 real("regularization", "what a gate half open costs, in the error of one weight that is a step away")
                     .at_least(0)
                     .at_most(1e6)
                     .defaults_to(1.0)} +
             AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<AdaRound>(parameters); },
});

}  // namespace adaround_quantizer
}  // namespace pathquant
