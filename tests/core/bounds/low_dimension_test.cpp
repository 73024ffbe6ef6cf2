// Tests of T1.3: path following on features in a subspace of d dimensions equals path following on their coordinates.
#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <cmath>

#include "core/metrics/metrics.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"
#include "tests/core/inputs/input_distributions.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace low_dimension_test {

using namespace testing;
using pathquant::testing::draw_inputs;
using pathquant::testing::make_inputs;

const ExecutionContext never;

std::unique_ptr<Quantizer> gpfq() {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("gpfq");
  return entry.make(
      Parameters(entry.description.parameters, {{"alphabet.levels", std::string("infinite")}, {"alphabet.step", 1.0}}));
}

TEST_CASE("subspace: coordinates of the stream in orthonormal directions") {
  const auto law = make_inputs("subspace", {{"dimension", std::int64_t{4}}, {"sigma", 1.5}});
  const Matrix<double> x = draw_inputs(*law, "k", 20, 30);
  Matrix<double> a(4, 30);
  for (Index t = 0; t < 30; ++t) Stream("k/inputs/subspace/features").normals(t, 0, 4, a.col(t).data());
  a *= 1.5;
  CHECK((x.transpose() * x - a.transpose() * a).norm() <= 1e-13 * a.squaredNorm());
  CHECK(Eigen::JacobiSVD<Eigen::MatrixXd>(x).singularValues()[4] <= 1e-13 * x.norm());
  CHECK(draw_inputs(*law, "k", 20, 7) == x.leftCols(7));
  CHECK(pathquant::testing::draw_inputs_in_blocks(*law, "k", 20, 30) == x);
  CHECK(law->column_law().dimension == 4);
  CHECK_THROWS_WITH_AS(law->open("k", 3, 5), "dimension must be at most samples, 3, not 4", std::invalid_argument);
  CHECK_NOTHROW(law->open("k", 4, 5));
  // The same decisions and errors on X and on A.
  const RowMatrix<double> weights = zoo::uniform_weights("subspace", 30, 5, 1.0);
  const LayerProblem<double> of_x(x, std::nullopt, weights), of_a(a, std::nullopt, weights);
  const Alphabet alphabet = zoo::infinite_alphabet(5, 1.0);
  const auto q = gpfq()->quantize(of_x, alphabet, Stream("d"), never);
  CHECK(q.weights == gpfq()->quantize(of_a, alphabet, Stream("d"), never).weights);
  CHECK(measure(of_x, q.weights, never).error_energy ==
        doctest::Approx(measure(of_a, q.weights, never).error_energy).epsilon(1e-12).scale(0));
}

TEST_CASE("lines about the law of the columns have the dimension in place of m, and no others have") {
  const auto at = [](LayerFacts facts, Index samples, std::optional<Index> dimension) {
    facts.shape.samples = samples;
    facts.columns.dimension = dimension;
    facts.statistics.weight_error_energy = 3.0;
    return facts;
  };
  const LayerFacts gaussian = made_up_gaussian(0.7), ball = made_up_ball(2.0);
  for (const auto& [name, facts] : {std::pair{"gpfq_mean", gaussian},
                                    {"gpfq_moment", gaussian},
                                    {"gpfq_exponential", gaussian},
                                    {"gpfq_finite", gaussian},
                                    {"gpfq_law_prediction", gaussian},
                                    {"spfq_law_prediction", gaussian},
                                    {"msq_gaussian", gaussian},
                                    {"gpfq_paper", ball},
                                    {"gpfq_moment", ball}}) {
    CAPTURE(name);
    const double eta = 0.1;
    CHECK(value(name, at(facts, 40, 4), eta) == value(name, at(facts, 4, std::nullopt), eta));
    CHECK(value(name, at(facts, 40, 4), eta) < value(name, at(facts, 40, std::nullopt), eta));
  }
  for (const char* name : {"spfq_l2", "spfq_linf", "spfq_paper_l2", "spfq_l2_kappa"})
    CHECK(value(name, at(gaussian, 40, 3), 0.1) == value(name, at(gaussian, 40, std::nullopt), 0.1));
}

TEST_CASE("the lines hold for features in a subspace, and the prediction is right") {
  constexpr Index m = 12, n = 40, d = 4, neurons = 4;
  constexpr int trials = 600;
  const auto law = make_inputs("subspace", {{"dimension", std::int64_t{d}}});
  LayerFacts facts;
  facts.shape = {m, n, neurons};
  facts.columns = law->column_law();
  facts.quantizer = {.path_following = true};
  facts.alphabet = zoo::infinite_alphabet(neurons, 1.0);
  double sum = 0, squares = 0;
  std::vector<double> energies;
  for (int trial = 0; trial < trials; ++trial) {
    const std::string key = "trial " + std::to_string(trial);
    const LayerProblem<double> problem(draw_inputs(*law, key, m, n), std::nullopt,
                                       zoo::uniform_weights(key, n, neurons, 1.0));
    const auto q = gpfq()->quantize(problem, facts.alphabet, Stream(key), never);
    energies.push_back(measure(problem, q.weights, never).error_energy);
    sum += energies.back();
    squares += energies.back() * energies.back();
  }
  const double mean = sum / trials, error = std::sqrt((squares / trials - mean * mean) / trials);
  CHECK(mean - 4 * error <= value("gpfq_mean", facts, 0.1));
  CHECK(mean == doctest::Approx(value("gpfq_law_prediction", facts, 0.1)).epsilon(0.12).scale(0));
  for (const char* name : {"gpfq_moment", "gpfq_exponential"})
    for (const double eta : {0.5, 0.1, 0.01}) {
      const double bound = value(name, facts, eta);
      CHECK(plausible(
          static_cast<int>(std::count_if(energies.begin(), energies.end(), [&](double e) { return e > bound; })),
          trials, eta));
    }
}

}  // namespace low_dimension_test
}  // namespace pathquant
