// Tests of the SPFQ bounds: closed forms, hypotheses, and violation rates.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace spfq_bounds_test {

using namespace testing;

const char* const all[] = {"spfq_mean", "spfq_l2", "spfq_l2_kappa", "spfq_linf", "spfq_paper_l2", "spfq_paper_linf"};

TEST_CASE("spfq: hypotheses; any data, mismatch and a step from X are admitted") {
  for (const char* name : all) {
    CAPTURE(name);
    check_needs_inputs_and_steps(name, made_up());
    check_refuses_clipping(name, made_up());
    // A list of levels: its largest gap, 1.5 steps, in place of the step; energies are of the second degree.
    const bool entries = line(name).quantity == Quantity::max_abs_error;
    CHECK(value(name, listed(made_up()), 0.01) ==
          doctest::Approx((entries ? 1.5 : 2.25) * value(name, made_up(), 0.01)).epsilon(1e-12).scale(0));
    CHECK(reason(name, mismatched(made_up())).empty());
  }
  LayerFacts narrow = made_up();
  narrow.shape.width = 1;
  CHECK(says(reason("spfq_paper_l2", narrow), "below 2"));
  CHECK(says(reason("spfq_paper_linf", narrow), "below 2"));
  CHECK(reason("spfq_l2", narrow).empty());
}

TEST_CASE("spfq_mean: the sum of the neurons, and the residual's energy added") {
  CHECK(value("spfq_mean", made_up(), 0.1) == doctest::Approx((0.0625 + 0.01 + 0.2025) * 11.0));
  CHECK(value("spfq_mean", mismatched(made_up()), 0.1) == doctest::Approx(2.25 + 0.275 * 11.0));
}

// S of given eigenvalues, and the covariance proxy of the stacked neurons as one long diagonal.
double stacked(const Vector& eigenvalues, const Vector& steps, double eta) {
  Eigen::MatrixXd proxy = eigenvalues * (0.5 * steps).cwiseAbs2().transpose();
  const double t = std::log(1.0 / eta);
  return proxy.sum() + 2.0 * proxy.norm() * std::sqrt(t) + 2.0 * proxy.maxCoeff() * t;
}

TEST_CASE("spfq_l2: the quadratic form of the stacked neurons") {
  const Vector eigenvalues = (Vector(7) << 4.0, 2.5, 1.0, 0.5, 0.5, 0.1, 0.0).finished();
  LayerFacts facts = made_up();
  facts.statistics.path->trace = eigenvalues.sum();
  facts.statistics.path->trace_square = eigenvalues.squaredNorm();
  facts.statistics.path->norm = eigenvalues.maxCoeff();
  for (const double eta : {0.5, 0.01, 1e-6}) {
    const double expected = stacked(eigenvalues, facts.alphabet.steps, eta);
    CHECK(value("spfq_l2", facts, eta) == doctest::Approx(expected).epsilon(1e-12).scale(0));
    const double root = std::sqrt(expected) + 1.5;
    CHECK(value("spfq_l2", mismatched(facts), eta) == doctest::Approx(root * root).epsilon(1e-12).scale(0));
  }
  LayerFacts equal = facts;  // P equal neurons: tr and tr2 by P, op not
  equal.shape.neurons = 5;
  equal.alphabet.steps = Vector::Constant(5, 0.8);
  CHECK(value("spfq_l2", equal, 0.01) ==
        doctest::Approx(stacked(eigenvalues, equal.alphabet.steps, 0.01)).epsilon(1e-12).scale(0));
}

TEST_CASE("spfq_l2_kappa: spfq_l2 for the largest S that the norms allow") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.5, 0.01, 1e-6}) {
      LayerFacts facts = made_up();
      facts.shape = {m, n, 3};
      // kappa = 2.3; all eigenvalues kappa^2, as far as the trace of 31 goes or m = 7 of them.
      facts.statistics.input_energy = m == 7 ? 100.0 : 31.0;
      const double full = 5.29, trace = m == 7 ? 7 * full : 31.0;
      LayerFacts largest = facts;
      largest.statistics.path->trace = trace;
      largest.statistics.path->trace_square = full * trace;
      largest.statistics.path->norm = full;
      CHECK(value("spfq_l2_kappa", facts, eta) ==
            doctest::Approx(value("spfq_l2", largest, eta)).epsilon(1e-12).scale(0));
      const double root = std::sqrt(value("spfq_l2_kappa", facts, eta)) + 1.5;
      CHECK(value("spfq_l2_kappa", mismatched(facts), eta) == doctest::Approx(root * root).epsilon(1e-12).scale(0));
    }
  LayerFacts one = made_up();  // the statement for one neuron: delta^2 kappa^2/4 (m + 2 sqrt(m t) + 2 t)
  one.shape.neurons = 1;
  one.alphabet.steps = Vector::Constant(1, 0.8);
  one.statistics.input_energy = 1e9;
  const double t = std::log(100.0);
  CHECK(value("spfq_l2_kappa", one, 0.01) == doctest::Approx(0.16 * 5.29 * (7 + 2 * std::sqrt(7 * t) + 2 * t)));
}

TEST_CASE("spfq_l2_kappa: never below spfq_l2") {
  std::mt19937_64 engine(13);
  for (const auto& [m, n] : {std::pair<Index, Index>{3, 40}, {40, 3}, {8, 8}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine).array() + 0.5;
    LayerFacts facts = made_up();
    facts.shape = {m, n, 3};
    facts.statistics.largest_norm = x.colwise().norm().maxCoeff();
    facts.statistics.input_energy = x.squaredNorm();
    facts.statistics.path = path_covariance(x, ExecutionContext());
    CHECK(value("spfq_l2_kappa", facts, 0.01) >= value("spfq_l2", facts, 0.01));
  }
}

TEST_CASE("spfq_paper_linf: its value gives back p; spfq_paper_l2 is m squares of it") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.5, 0.01, 1e-6}) {
      LayerFacts facts = made_up();
      facts.shape = {m, n, 3};
      const double bound = value("spfq_paper_linf", facts, eta);
      const double p = std::pow(bound / (0.9 * 2.3), 2) / (2 * std::numbers::pi * std::log(static_cast<double>(n)));
      CHECK(std::sqrt(2.0) * static_cast<double>(m) * 3.0 / std::pow(static_cast<double>(n), p) / eta ==
            doctest::Approx(1.0).epsilon(1e-10).scale(0));
      CHECK(value("spfq_paper_l2", facts, eta) == doctest::Approx(static_cast<double>(m) * bound * bound));
      CHECK(value("spfq_paper_linf", mismatched(facts), eta) == doctest::Approx(bound + 0.75));
    }
}

TEST_CASE("spfq_linf: its value gives back the failure probability") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.5, 0.01, 1e-6}) {
      LayerFacts facts = made_up();
      facts.shape = {m, n, 3};
      const double bound = value("spfq_linf", facts, eta);
      // 2 exp(-x^2/(2 v)) for each of mP entries, with the largest proxy v = .9^2/4 * 3.7.
      const double failure = 2.0 * std::exp(-bound * bound / (2.0 * 0.2025 * 3.7)) * static_cast<double>(m) * 3.0;
      CHECK(failure / eta == doctest::Approx(1.0).epsilon(1e-10).scale(0));
      CHECK(value("spfq_linf", mismatched(facts), eta) == doctest::Approx(bound + 0.75).epsilon(1e-12).scale(0));
    }
}

TEST_CASE("spfq_paper_l2: its value gives back p, and p the failure probability") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.5, 0.01, 1e-6}) {
      LayerFacts facts = made_up();
      facts.shape = {m, n, 3};
      const double bound = value("spfq_paper_l2", facts, eta);
      const double dm = static_cast<double>(m), dn = static_cast<double>(n);
      // bound = (delta kappa)^2 2 pi p m log N with delta = .9, kappa = 2.3.
      const double p = bound / (0.81 * 5.29 * 2.0 * std::numbers::pi * dm * std::log(dn));
      CHECK(std::sqrt(2.0) * dm * 3.0 / std::pow(dn, p) / eta == doctest::Approx(1.0).epsilon(1e-10).scale(0));
      const double root = std::sqrt(bound) + 1.25;
      CHECK(value("spfq_paper_l2", mismatched(facts), eta) == doctest::Approx(root * root).epsilon(1e-12).scale(0));
    }
}

struct Layer {
  Eigen::MatrixXd x, xq, w;
  LayerFacts facts;
};

// Steps 1, .3, 2; X with or without a mismatch.
Layer layer(Index m, Index n, bool mismatch, std::mt19937_64& engine) {
  Layer result;
  result.xq = gaussian_matrix(m, n, 1.0, engine);
  result.x = mismatch ? Eigen::MatrixXd(result.xq + gaussian_matrix(m, n, 0.3, engine)) : result.xq;
  result.w = uniform_matrix(n, 3, 1.0, engine);
  LayerFacts& facts = result.facts;
  facts.shape = {m, n, 3};
  facts.mismatch = mismatch;
  facts.alphabet.steps = Vector(3);
  facts.alphabet.steps << 1.0, 0.3, 2.0;
  facts.statistics.largest_norm = result.xq.colwise().norm().maxCoeff();
  facts.statistics.input_energy = result.xq.squaredNorm();
  facts.statistics.path = path_covariance(result.xq, ExecutionContext());
  if (!mismatch) return result;
  const auto exact = [](double z) { return z; };
  for (Index j = 0; j < 3; ++j) {
    const Eigen::VectorXd residual = small_path(result.x, result.xq, result.w.col(j), 1.0, 1e9, exact).error;
    LayerStatistics& s = facts.statistics;
    s.alignment_energy += residual.squaredNorm();
    s.largest_alignment_norm = std::max(s.largest_alignment_norm, residual.norm());
    s.largest_alignment_entry = std::max(s.largest_alignment_entry, residual.cwiseAbs().maxCoeff());
  }
  return result;
}

TEST_CASE("spfq: bounds fail no more often than eta, and the mean is obeyed") {
  constexpr int trials = 1500;
  std::mt19937_64 engine(31);
  std::uniform_real_distribution<double> uniform;
  const auto stochastic = [&](double z) { return std::floor(z) + (uniform(engine) < z - std::floor(z) ? 1.0 : 0.0); };
  for (const auto& [m, n, mismatch] : {std::tuple<Index, Index, bool>{2, 12, false}, {4, 3, false}, {3, 9, true}}) {
    const Layer one = layer(m, n, mismatch, engine);
    double sum = 0, squares = 0;
    std::vector<double> energy, largest, neuron;
    for (int trial = 0; trial < trials; ++trial) {
      double total = 0, entry = 0, most = 0;
      for (Index j = 0; j < 3; ++j) {
        const Eigen::VectorXd error =
            small_path(one.x, one.xq, one.w.col(j), one.facts.alphabet.steps[j], 1e9, stochastic).error;
        total += error.squaredNorm();
        entry = std::max(entry, error.cwiseAbs().maxCoeff());
        most = std::max(most, error.squaredNorm());
      }
      energy.push_back(total), largest.push_back(entry), neuron.push_back(most);
      sum += total;
      squares += total * total;
    }
    const auto violations = [&](const char* name, const std::vector<double>& measured, double eta) {
      const double bound = value(name, one.facts, eta);
      return static_cast<int>(std::count_if(measured.begin(), measured.end(), [&](double v) { return v > bound; }));
    };
    for (const double eta : {0.5, 0.1, 0.01}) {
      CHECK(plausible(violations("spfq_l2", energy, eta), trials, eta));
      CHECK(plausible(violations("spfq_linf", largest, eta), trials, eta));
      CHECK(plausible(violations("spfq_paper_l2", neuron, eta), trials, eta));
      CHECK(plausible(violations("spfq_l2_kappa", energy, eta), trials, eta));
      CHECK(plausible(violations("spfq_paper_linf", largest, eta), trials, eta));
    }
    const double mean = sum / trials, error = std::sqrt((squares / trials - mean * mean) / trials);
    CHECK(mean - 4.0 * error <= value("spfq_mean", one.facts, 0.1));
  }
}

TEST_CASE("spfq_mean: attained by orthogonal columns and weights half a step off") {
  std::mt19937_64 engine(37);
  const Eigen::MatrixXd basis =
      Eigen::HouseholderQR<Eigen::MatrixXd>(gaussian_matrix(5, 5, 1.0, engine)).householderQ();
  const Eigen::MatrixXd x = 3.0 * basis.leftCols(4);
  // Both draws leave half a step: ||u||^2 is the same whatever is drawn, so one run is the mean.
  const auto stochastic = [&](double z) { return std::floor(z) + (engine() % 2 == 0 ? 1.0 : 0.0); };
  LayerFacts facts;
  facts.shape = {5, 4, 1};
  facts.alphabet.steps = Vector::Constant(1, 0.6);
  facts.statistics.path = path_covariance(x, ExecutionContext());
  const SmallRun run = small_path(x, x, Eigen::VectorXd::Constant(4, 0.3), 0.6, 1e9, stochastic);
  CHECK(run.error.squaredNorm() == doctest::Approx(value("spfq_mean", facts, 0.1)).epsilon(1e-12).scale(0));
}

}  // namespace spfq_bounds_test
}  // namespace pathquant
