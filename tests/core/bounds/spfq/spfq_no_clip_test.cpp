#include "core/path_following/no_clip_levels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "core/path_following/path_growth.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace spfq_no_clip_test {

using namespace testing;

Vector vector_of(std::initializer_list<double> list) {
  return Eigen::Map<const Vector>(list.begin(), static_cast<Index>(list.size()));
}

TEST_CASE("spfq_no_clip: the number of levels gives back the failure probability") {
  // Gaussian tails of NP arguments that deviate by K - |w|/delta, of variance growth^2/4: what is left of eta between
  // K - 1 and K.
  for (const Index width : {3, 500})
    for (const double eta : {0.5, 0.01, 1e-9})
      for (const double growth : {0.2, 1.0, 7.0}) {
        CAPTURE(eta);
        CAPTURE(growth);
        const Vector weights = vector_of({0.9, 0.3}), steps = vector_of({0.5, 0.1});  // .3/.1 = 3 is the larger
        const auto failure = [&](double room) {
          return 2.0 * static_cast<double>(width) * 2.0 * std::exp(-room * room / (2.0 * growth * growth / 4.0));
        };
        const auto k = static_cast<double>(spfq_no_clip_half_levels(weights, steps, growth, width, eta));
        CHECK(failure(k - 3.0) <= eta * (1 + 1e-12));
        CHECK((k == 4.0 || failure(k - 4.0) > eta));
        const auto rise =
            static_cast<double>(spfq_no_clip_half_levels(weights, steps, growth, width, eta, AlphabetKind::midrise));
        CHECK(failure(rise - 0.5 - 3.0) <= eta * (1 + 1e-12));
        CHECK((rise - 1.5 <= 3.0 || failure(rise - 1.5 - 3.0) > eta));
      }
}

TEST_CASE("spfq_no_clip: published sizes") {
  // K formula 10/7/9/9 at eta = .01, 200 neurons, |w| <= 1: with growth taken from the norms of one drawn X, so to 2.
  const std::tuple<Index, Index, double, int> published[] = {
      {20, 1000, 1.0, 10}, {50, 1000, 1.0, 7}, {50, 4000, 0.5, 9}, {100, 400, 0.25, 9}};
  std::mt19937_64 engine(2);
  for (const auto& [m, n, step, expected] : published) {
    CAPTURE(m);
    const Eigen::VectorXd norms = gaussian_matrix(m, n, 1.0, engine).colwise().squaredNorm();
    const double growth = growth_by_norms({norms.begin(), norms.end()});
    const auto k = spfq_no_clip_half_levels(Vector::Ones(200), Vector::Constant(200, step), growth, n, 0.01);
    CHECK(std::abs(static_cast<double>(k) - expected) <= 2.0);
  }
}

TEST_CASE("spfq_no_clip: growth by norms counts earlier columns only, and bounds the exact one") {
  CHECK(growth_by_norms({}) == 0);
  CHECK(growth_by_norms({5.0}) == 0);
  CHECK(growth_by_norms({1.0, 4.0, 16.0}) == doctest::Approx(0.5));          // 1/2, 2/4
  CHECK(growth_by_norms({9.0, 0.0, 4.0, 1.0}) == doctest::Approx(3.0));      // 3/2, 3/1; the dead one is left out
  CHECK(growth_by_norms({1.0, 100.0, 25.0, 36.0}) == doctest::Approx(2.0));  // 1/10, 10/5, 10/6
  std::mt19937_64 engine(3);
  for (const auto& [m, n] : {std::pair<Index, Index>{2, 40}, {20, 7}, {6, 6}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    const Eigen::VectorXd norms = x.colwise().squaredNorm();
    CHECK(path_growth(x, ExecutionContext()).largest <= growth_by_norms({norms.begin(), norms.end()}) * (1 + 1e-12));
  }
}

TEST_CASE("spfq_no_clip: at least one level beside zero; refusals") {
  CHECK(spfq_no_clip_half_levels(Vector::Zero(1), Vector::Ones(1), 0.0, 1, 0.1) == 1);
  CHECK(spfq_no_clip_half_levels(Vector::Constant(1, 2.5), Vector::Ones(1), 0.0, 1, 0.1) == 3);
  CHECK(spfq_no_clip_half_levels(Vector::Constant(1, 2.5), Vector::Ones(1), 0.0, 1, 0.1, AlphabetKind::midrise) == 3);
  CHECK(spfq_no_clip_half_levels(Vector::Constant(1, 2.6), Vector::Ones(1), 0.0, 1, 0.1, AlphabetKind::midrise) == 4);
  CHECK_THROWS_AS(spfq_no_clip_half_levels(Vector::Ones(1), Vector::Ones(1), 1.0, 1, 0.1, AlphabetKind::list),
                  std::invalid_argument);
  CHECK_THROWS_AS(spfq_no_clip_half_levels(Vector::Ones(1), Vector::Ones(1), 1e20, 1, 0.1), std::domain_error);
}

TEST_CASE("spfq_no_clip: runs with so many levels clip no more often than eta") {
  constexpr int trials = 400;
  std::mt19937_64 engine(4);
  std::uniform_real_distribution<double> uniform;
  const auto stochastic = [&](double z) { return std::floor(z) + (uniform(engine) < z - std::floor(z) ? 1.0 : 0.0); };
  for (const auto& [m, n] : {std::pair<Index, Index>{2, 60}, {6, 30}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    const Eigen::VectorXd w = uniform_matrix(n, 1, 1.0, engine);
    const double growth = path_growth(x, ExecutionContext()).largest;
    for (const double eta : {0.9, 0.05}) {
      const auto k = static_cast<double>(
          spfq_no_clip_half_levels(w.cwiseAbs().colwise().maxCoeff().transpose(), Vector::Ones(1), growth, n, eta));
      int clipped = 0;
      for (int trial = 0; trial < trials; ++trial) clipped += small_path(x, x, w, 1.0, k, stochastic).clipped;
      CHECK(plausible(clipped, trials, eta));
    }
  }
}

}  // namespace spfq_no_clip_test
}  // namespace pathquant
