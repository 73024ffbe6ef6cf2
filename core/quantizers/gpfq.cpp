// GPFQ, greedy path-following quantization.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/deterministic_rounding.hpp"
#include "core/path_following/path_following.hpp"
#include "core/quantizers/data_alignment.hpp"
#include "core/quantizers/published_path.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace gpfq_quantizer {

class Gpfq final : public QuantizerTemplate<Gpfq> {
 public:
  explicit Gpfq(const Parameters& parameters)
      : rounding_(DeterministicRounding::from(parameters)),
        order_(order_from(parameters)),
        as_published_(parameters.is("alphabet.convention", "lybrand-saab")) {}

  QuantizerTraits traits() const override {
    return {.path_following = !as_published_,
            .rounding = rounding_.rounding,
            .threshold = rounding_.threshold,
            .order = order_,
            .block_alphabets = true};
  }
  CalibrationNeed needs() const override { return as_published_ ? CalibrationNeed::held : CalibrationNeed::gram; }
  double cost(LayerShape shape, bool mismatch) const override {
    const double passes = (mismatch || as_published_ ? 3.0 : 2.0) + (as_published_ ? 1.0 : 0.0) +
                          (mismatch && aligns_for_itself() ? 3.0 : 0.0);
    return passes * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
           static_cast<double>(shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const auto [samples, width, neurons] = problem.shape();
    const auto rule = rounding_.template rule<S>(alphabet);
    const std::vector<Index> order = permutation(order_, problem.squared_norms());
    QuantizedLayer<S> result;
    result.weights.resize(width, neurons);
    if (as_published_) {
      RowMatrix<S> state;
      result.clipped = follow_published_path(problem, *rule, execution, result.weights, state, order);
      return result;
    }
    const FollowedPath followed =
        follow_path(problem, problem.weights(), *rule, execution, result.weights, nullptr, order);
    result.clipped = followed.clipped;
    result.variant = to_text(followed.variant);
    if (problem.has_mismatch() && aligns_for_itself()) {
      DataAlignment{}.align(problem, order, execution, result);
    }
    return result;
  }

  template <class S>
  std::unique_ptr<DecisionRule<S>> feature_rule(const Alphabet& alphabet, const Stream& /*decisions*/) const {
    if (as_published_ || order_ != FeatureOrder::natural) return nullptr;
    return rounding_.template rule<S>(alphabet);
  }

 private:
  // One pass of alignment is part of following a mismatch, so whoever wants its residual runs that pass in natural
  // order; in another one only the quantizer knows how.
  bool aligns_for_itself() const { return !as_published_ && order_ != FeatureOrder::natural; }

  DeterministicRounding rounding_;
  FeatureOrder order_;
  bool as_published_;  // the recurrence of the code of Lybrand & Saab
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "gpfq",
         .version = 1,
         .summary = "greedy path following: each level is the one that keeps the running error smallest",
         .formula =
             "c_t = <Xq_t, u_{t-1} + w_t X_t> / ||Xq_t||^2,  u_t = u_{t-1} + w_t X_t - q_t Xq_t;\n"
             "nearest: q_t = R(c_t), midtread: R(c) = step clip(floor(c/step + 1/2), -K, K);\n"
             "soft: q_t = R(s_t), s_t = sign(c_t) max(|c_t| - threshold, 0);\n"
             "hard: q_t = 0 where |c_t| <= threshold, otherwise sign(c_t) (threshold + |R(s_t)|): 2K + 3 levels;\n"
             "a dead column (Xq_t = 0) takes the decision for c = 0\n"
             "convention lybrand-saab: c_t = w_t where |<Xq_t, u_{t-1}>| < 1e-10, and q_t = 0 where ||Xq_t|| < 1e-16",
         .hypotheses = "",
         .source = "Lybrand & Saab 2020, arXiv 2010.15979; Zhang, Zhou & Saab 2022, arXiv 2201.11113",
         .parameters = DeterministicRounding::parameters() + order_parameters() + AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Gpfq>(parameters); },
});

}  // namespace gpfq_quantizer
}  // namespace pathquant
