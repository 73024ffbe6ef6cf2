// Tests of the lower limits: reverse water-filling, the two bounds that use it, and the gaps above it.
#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/alphabet/distribution_levels.hpp"
#include "core/bounds/limits/rate_distortion.hpp"
#include "core/bounds/limits/rate_gaps.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace rate_limit_test {

const ExecutionContext never;

Vector list(std::initializer_list<double> numbers) {
  Vector vector(static_cast<Index>(numbers.size()));
  std::copy(numbers.begin(), numbers.end(), vector.data());
  return vector;
}

// D and B at a water level, as they are defined.
double error_at(const Vector& variances, double level) {
  return variances.cwiseMin(level).sum();
}
double bits_at(const Vector& variances, double level) {
  double bits = 0;
  for (const double s : variances)
    if (s > level) bits += std::log2(s / level) / 2;
  return bits;
}

// m = 40, N = 6, P = 3, R = 2; Gaussian weights of variance .25.
LayerFacts layer() {
  LayerFacts facts = made_up();
  facts.shape = {40, 6, 3};
  facts.bits_per_weight = 2.0;
  facts.weight_law = EntryDistribution{ScalarDistribution::gaussian(), 0.5};
  facts.statistics.path->input_spectrum = list({1.0, 2.0, 3.5, 5.0, 8.0, 40.0});
  return facts;
}

TEST_CASE("Error and bits are those of one water level, and each other's inverse") {
  const Vector spread = list({3, 0.01, 100, 1, 1, 0.5, 1e-4});
  for (const Vector& variances : {spread, list({2}), list({1, 1, 1}), list({5, 0, 0, 1e-30})})
    for (double level = 1e-6; level < 200; level *= 1.7) {
      const double bits = bits_at(variances, level);
      CHECK(least_error(variances, bits) == doctest::Approx(error_at(variances, level)).epsilon(1e-12).scale(0));
      if (bits > 0 && level > 1e-20) CHECK(least_bits(variances, error_at(variances, level)) == doctest::Approx(bits));
    }
  CHECK(least_error(spread, 0) == doctest::Approx(spread.sum()));
  CHECK(least_bits(spread, spread.sum()) == 0);
  CHECK(least_bits(spread, 2 * spread.sum()) == 0);
  CHECK(live_parts(list({5, 0, -1e-17, 1e-30, 2})) == 2);
}

TEST_CASE("Equal variances leave 2^{-2R} of themselves; no other split of the bits does better") {
  CHECK(least_error(Vector::Constant(5, 3.0), 5 * 1.5) == doctest::Approx(15 * std::pow(2.0, -3)));
  const Vector variances = list({9, 1, 0.2});
  const double best = least_error(variances, 4);
  double least = 1e9;
  for (double first = 0; first <= 4; first += 0.02)
    for (double second = 0; first + second <= 4; second += 0.02) {
      const double third = 4 - first - second;
      least = std::min(least, 9 * std::exp2(-2 * first) + std::exp2(-2 * second) + 0.2 * std::exp2(-2 * third));
    }
  CHECK(best <= least);
  CHECK(best == doctest::Approx(least).epsilon(1e-3).scale(0));
}

TEST_CASE("water_filling: P times the error of a neuron's Gaussian vector in N R bits") {
  const LayerFacts facts = layer();
  const Vector variances = 0.25 * facts.statistics.path->input_spectrum;
  // By bisection of the level.
  double low = 1e-9, high = 100;
  for (int i = 0; i < 200; ++i) {
    const double middle = std::sqrt(low * high);
    (bits_at(variances, middle) > 6 * 2.0 ? low : high) = middle;
  }
  CHECK(value("water_filling", facts, 0.01) == doctest::Approx(3 * error_at(variances, low)).epsilon(1e-9).scale(0));
  // At high rate: N sigma^2 det(H)^{1/N} 2^{-2R} for each neuron.
  LayerFacts fine = facts;
  fine.bits_per_weight = 8;
  const double determinant = facts.statistics.path->input_spectrum.prod();
  CHECK(value("water_filling", fine, 0.01) ==
        doctest::Approx(3 * 6 * 0.25 * std::pow(determinant, 1.0 / 6) * std::exp2(-16)));
  CHECK(says(reason("entropy_power", facts), "water_filling"));
}

TEST_CASE("entropy_power: at high rate r n_w pdet(H)^{1/r} 2^{-2NR/r}, and never more than the Gaussian limit") {
  for (const ScalarDistribution& law :
       {ScalarDistribution::laplace(), ScalarDistribution::uniform(), ScalarDistribution::student_t(4)}) {
    LayerFacts facts = layer();
    facts.weight_law = EntryDistribution{law, 0.5, 0.7};
    facts.statistics.path->input_spectrum(0) = 0;  // five directions
    facts.bits_per_weight = 7;
    const double determinant = facts.statistics.path->input_spectrum.tail(5).prod();
    CHECK(
        value("entropy_power", facts, 0.01) ==
        doctest::Approx(3 * 5 * 0.25 * law.entropy_power() * std::pow(determinant, 0.2) * std::exp2(-2.0 * 6 * 7 / 5)));
    CHECK(says(reason("water_filling", facts), "Gaussian"));
    for (const double rate : {0.0, 0.5, 1.0, 2.0, 5.0}) {
      facts.bits_per_weight = rate;
      LayerFacts gaussian = facts;
      gaussian.weight_law->law = ScalarDistribution::gaussian();
      CHECK(value("entropy_power", facts, 0.01) < value("water_filling", gaussian, 0.01));
      // The form without a water level is below, for it lets errors exceed variances.
      CHECK(value("entropy_power", facts, 0.01) >= 0.999999 * 3 * 5 * 0.25 * law.entropy_power() *
                                                       std::pow(determinant, 0.2) * std::exp2(-2.0 * 6 * rate / 5));
    }
  }
}

TEST_CASE("Where a limit is empty, or not proved, it says so") {
  for (const char* name : {"water_filling", "entropy_power"}) {
    LayerFacts facts = layer();
    if (std::string(name) == "entropy_power") facts.weight_law = EntryDistribution{ScalarDistribution::laplace()};
    CHECK(reason(name, facts).empty());
    LayerFacts other = facts;
    other.shape.samples = 0;
    CHECK(says(reason(name, other), "no X"));
    other = facts;
    other.shape.samples = 5;
    CHECK(says(reason(name, other), "N = 6 > m = 5"));
    other.shape.samples = 6;
    CHECK(reason(name, other).empty());
    other = facts;
    other.statistics.path->input_spectrum.head(4).setZero();
    CHECK(says(reason(name, other), "2 directions for 6 weights"));
    other.statistics.path->input_spectrum(3) = 1;
    CHECK(reason(name, other).empty());
    other = facts;
    other.bits_per_weight.reset();
    CHECK(says(reason(name, other), "infinite"));
    other.bits_per_weight = 16.5;
    CHECK(says(reason(name, other), "16.5 bits"));
    CHECK(says(reason(name, mismatched(facts)), "X == Xq"));
    other = facts;
    other.weight_law.reset();
    CHECK(says(reason(name, other), "not known"));
    // Neither steps nor clipping nor thresholds matter.
    other = thresholded(facts, Rounding::hard, 0.3);
    other.clipped = 5;
    other.alphabet.steps.resize(0);
    CHECK(value(name, other, 0.01) == value(name, facts, 0.5));
    CHECK(line(name).kind == BoundKind::lower_mean);
    CHECK(line(name).concerns(QuantizerTraits{.uses_inputs = false, .own_levels = true}));
  }
}

TEST_CASE("No scheme's mean is below its limit, and the good ones are not far above") {
  struct Scheme {
    std::string quantizer;
    std::map<std::string, Value> given;
  };
  const std::vector<Scheme> schemes = {
      {"msq", {{"alphabet.levels", std::int64_t{3}}, {"alphabet.radius.rule", "mse"}}},
      {"gpfq", {{"alphabet.levels", std::int64_t{3}}, {"alphabet.radius.rule", "mse"}}},
      {"gpfq",
       {{"alphabet.levels", std::int64_t{15}}, {"alphabet.radius.rule", "mse"}, {"alphabet.granularity", "neuron"}}},
      {"spfq", {{"alphabet.levels", std::int64_t{7}}, {"alphabet.radius.rule", "absmax"}}},
      {"ls1", {}},
      {"ls2", {}},
      {"lst", {}},
      {"alternating", {{"planes", std::int64_t{3}}}},
  };
  const Index samples = 48, width = 24, neurons = 4;
  constexpr int trials = 60;
  for (const std::string law : {"gaussian", "laplace", "uniform"}) {
    const auto* entry = Registry<WeightEntry>::instance().find(law);
    const auto weight_law = entry->make(Parameters(entry->description.parameters, {}));
    for (const Scheme& scheme : schemes) {
      CAPTURE(law);
      CAPTURE(scheme.quantizer);
      const auto* description = Registry<QuantizerEntry>::instance().find(scheme.quantizer);
      const Parameters parameters(description->description.parameters, scheme.given);
      const auto quantizer = description->make(parameters);
      double sum = 0, squares = 0, limits = 0, errors = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const std::string key = "limit/" + std::to_string(trial);
        // Correlated features: a decaying mixture.
        Matrix<double> inputs = zoo::gaussian_inputs(key, samples, width);
        for (Index t = 1; t < width; ++t)
          inputs.col(t) = 0.6 * inputs.col(t - 1) + inputs.col(t) / (1.0 + 0.1 * static_cast<double>(t));
        const LayerProblem<double> problem(inputs, std::nullopt, weight_law->draw(key, width, neurons));
        Alphabet alphabet;
        if (!quantizer->traits().own_levels) alphabet = AlphabetRule(parameters).resolve(problem.weights());
        const auto result = quantizer->quantize(problem, alphabet, Stream(key), never);
        LayerFacts facts;
        facts.shape = problem.shape();
        facts.weight_law = weight_law->entry_law();
        const bool one_step = alphabet.steps.size() > 0 && alphabet.steps.minCoeff() == alphabet.steps.maxCoeff();
        facts.bits_per_weight = result.planes
                                    ? bits_per_weight(static_cast<double>(result.planes->format.levels),
                                                      static_cast<double>(result.planes->stored_scales()), facts.shape)
                                    : bits_per_weight(static_cast<double>(*alphabet.levels()),
                                                      one_step ? 1 : static_cast<double>(neurons), facts.shape);
        facts.statistics.path = PathCovariance{};
        facts.statistics.path->input_spectrum =
            Eigen::SelfAdjointEigenSolver<Matrix<double>>(inputs.transpose() * inputs).eigenvalues();
        const double limit = value(law == "gaussian" ? "water_filling" : "entropy_power", facts, 0.01);
        const double error = measure(problem, result.weights, never).error_energy;
        sum += error - limit;
        squares += (error - limit) * (error - limit);
        limits += limit;
        errors += error;
      }
      const double mean = sum / trials;
      const double deviation = std::sqrt((squares / trials - mean * mean) / trials);
      CHECK(mean > 3 * deviation);
      // Scales of 24 weights take more bits than these are worth.
      if (!quantizer->traits().own_levels) CHECK(errors < 40 * limits);
    }
  }
}

TEST_CASE("Orthogonal equal columns: the best scalar levels lie 0.117482/0.0625 above the limit") {
  // Fixed levels cost no scales: R = 2 exactly.
  LayerFacts facts = layer();
  facts.weight_law = EntryDistribution{ScalarDistribution::gaussian(), 1.0};
  facts.statistics.path->input_spectrum = Vector::Constant(6, 2.5);
  const double signal = 3 * 6 * 2.5;
  CHECK(value("water_filling", facts, 0.01) == doctest::Approx(signal / 16));
  CHECK(lloyd_max(ScalarDistribution::gaussian(), 4).error * signal / value("water_filling", facts, 0.01) ==
        doctest::Approx(0.117482 / 0.0625).epsilon(1e-5).scale(0));
}

TEST_CASE("The gaps at high rate: theory, L4") {
  constexpr Index n = 64;
  const double lattice = std::log2(2 * std::numbers::pi * std::numbers::e / 12) / 2;
  CHECK(lattice == doctest::Approx(0.2546).epsilon(1e-4).scale(0));
  const RateGaps none = high_rate_gaps(Matrix<double>::Identity(n, n) * 3);
  for (const double gap : {none.msq, none.gpfq, none.optq, none.watersic}) CHECK(gap == doctest::Approx(lattice));

  Matrix<double> toeplitz(n, n);
  for (Index s = 0; s < n; ++s)
    for (Index t = 0; t < n; ++t) toeplitz(s, t) = std::pow(0.9, std::abs(s - t));
  const RateGaps correlated = high_rate_gaps(toeplitz);
  CHECK(std::abs(correlated.optq - .282) < 0.6e-3);
  CHECK(std::abs(correlated.msq - 1.434) < 0.6e-3);
  CHECK(correlated.watersic == doctest::Approx(lattice));
  CHECK(correlated.gpfq >= correlated.watersic);
  CHECK(correlated.gpfq <= correlated.msq);

  // d_t^2 by their definition, and tr S by its recursion.
  const Matrix<double> x = zoo::gaussian_inputs("gaps", 20, 7);
  const Matrix<double> gram = x.transpose() * x;
  double logs = 0, sum = 0;
  Matrix<double> s = Matrix<double>::Zero(20, 20);
  for (Index t = 0; t < 7; ++t) {
    const Matrix<double> later = x.rightCols(6 - t);
    Vector rest = x.col(t);
    if (t < 6) rest -= later * later.colPivHouseholderQr().solve(x.col(t));
    logs += std::log2(rest.squaredNorm()) / 7;
    sum += rest.squaredNorm() / 7;
    const Vector unit = x.col(t).normalized();
    const Matrix<double> off = Matrix<double>::Identity(20, 20) - unit * unit.transpose();
    s = off * s * off + x.col(t) * x.col(t).transpose();
  }
  const RateGaps gaps = high_rate_gaps(gram);
  CHECK(gaps.optq == doctest::Approx((std::log2(sum) - logs) / 2 + lattice));
  CHECK(gaps.gpfq == doctest::Approx((std::log2(s.trace() / 7) - logs) / 2 + lattice));
  CHECK(gaps.msq == doctest::Approx((std::log2(gram.trace() / 7) - logs) / 2 + lattice));

  Matrix<double> singular = Matrix<double>::Ones(3, 3);
  CHECK_THROWS_AS(high_rate_gaps(singular), std::invalid_argument);
  CHECK_THROWS_AS(high_rate_gaps(Matrix<double>::Ones(3, 2)), std::invalid_argument);
}

TEST_CASE("Bits above the limit are none at the limit") {
  const Vector variances = list({4, 2, 1, 0.25});
  for (const double rate : {0.3, 1.0, 2.5})
    CHECK(bits_above_limit(variances, rate, least_error(variances, 4 * rate)) == doctest::Approx(0).epsilon(1e-9));
  // Four times the error at high rate is one bit.
  CHECK(bits_above_limit(variances, 3, 4 * least_error(variances, 12)) == doctest::Approx(1));
}

}  // namespace rate_limit_test
