// Faulty plugin for tests: every error that a plugin can make, one at a time, and one valid entry of each kind.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/bounds/shared/bound.hpp"
#include "core/decision/decision_rule.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/plugin.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"

PATHQUANT_PLUGIN("faults", "7.0");

namespace {

using namespace pathquant;

[[noreturn]] void hang() {
  for (std::atomic<int> i = 0;; ++i) {
  }
}

class Faulty final : public QuantizerTemplate<Faulty> {
 public:
  explicit Faulty(const Parameters& parameters) : fault_(parameters.word("fault")) {}
  QuantizerTraits traits() const override { return {.uses_inputs = false}; }
  double cost(LayerShape /*shape*/, bool /*mismatch*/) const override {
    return fault_ == "cost" ? std::numeric_limits<double>::quiet_NaN() : 1;
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const NearestDecision<S> nearest(alphabet);
    QuantizedLayer<S> result;
    RowMatrix<S>& q = result.weights;
    q = problem.weights();
    for (Index t = 0; t < q.rows(); ++t) {
      execution.poll();
      result.clipped += nearest.decide(t, q.cols(), problem.weights().row(t).data(), q.row(t).data());
    }
    if (fault_ == "throw") throw std::domain_error("this layer is too hard");
    if (fault_ == "throw_a_number") throw 42;
    if (fault_ == "shape") q = RowMatrix<S>::Zero(q.rows() + 1, q.cols());
    if (fault_ == "nan") q(0, 0) = std::numeric_limits<S>::quiet_NaN();
    if (fault_ == "outside") q(1, 0) += static_cast<S>(0.25 * alphabet.steps(0));
    if (fault_ == "beyond") q(1, 0) = static_cast<S>(alphabet.steps(0) * 1000);
    if (fault_ == "crash") std::abort();
    if (fault_ == "exit") std::exit(3);  // NOLINT(concurrency-mt-unsafe)
    if (fault_ == "hang") hang();
    while (fault_ == "flood") std::puts("I have a lot to say");
    if (fault_ == "stray_answer") std::puts("ok\n{}");
    return result;
  }

 private:
  std::string fault_;
};

const Registered<QuantizerEntry> quantizer({
    .description = {.name = "faulty",
                    .summary = "msq with a fault",
                    .formula = "q = R(w)",
                    .source = "these tests",
                    .parameters = ParameterTable{word("fault",
                                                      {"none", "throw", "throw_a_number", "shape", "nan", "outside",
                                                       "beyond", "crash", "exit", "hang", "flood", "stray_answer",
                                                       "cost"},
                                                      "what goes wrong")
                                                     .defaults_to("none")} +
                                  AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<Faulty>(parameters); },
});

class Ones final : public InputDistribution {
 public:
  bool random(Index /*samples*/) const override { return false; }
  std::unique_ptr<InputSource> open(const std::string& /*key*/, Index samples, Index /*width*/) const override {
    class Source final : public InputSource {
     public:
      explicit Source(Index samples) : samples_(samples) {}
      void columns(Index /*first*/, Index count, double* out) const override {
        std::fill_n(out, count * samples_, 1.0);
      }

     private:
      Index samples_;
    };
    return std::make_unique<Source>(samples);
  }
};
const Registered<InputEntry> inputs({
    .description = {.name = "ones", .summary = "all ones", .formula = "X_it = 1", .source = "these tests"},
    .make = [](const Parameters&) { return std::make_unique<Ones>(); },
});

class Third final : public WeightDistribution {
 public:
  RowMatrix<double> draw(const std::string& /*key*/, Index width, Index neurons) const override {
    return RowMatrix<double>::Constant(width, neurons, 1.0 / 3);
  }
  bool random() const override { return false; }
};
const Registered<WeightEntry> weights({
    .description = {.name = "third", .summary = "all 1/3", .formula = "W_tj = 1/3", .source = "these tests"},
    .make = [](const Parameters&) { return std::make_unique<Third>(); },
});

// With X of ones and W of 1/3, rounded to multiples of 1: U = N/3 everywhere.
const Registered<BoundEntry> line({
    .description =
        {.name = "all_of_it", .summary = "nothing is left", .formula = "||XW||_F^2", .source = "these tests"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .concerns = [](const QuantizerTraits& traits) { return !traits.uses_inputs; },
    .evaluate = [](const LayerFacts& facts, double /*eta*/) -> BoundValue {
      if (facts.shape.width > 40) throw std::runtime_error("too wide for me");
      const auto n = static_cast<double>(facts.shape.width);
      return n * n / 9 * static_cast<double>(facts.shape.samples * facts.shape.neurons);
    },
});

// NOLINTNEXTLINE(concurrency-mt-unsafe): libraries are loaded by one thread
const bool loaded = std::getenv("FAULTS_AT_LOAD") == nullptr || (std::abort(), false);

}  // namespace
