#include "core/alphabet/distribution_levels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "core/alphabet/data_levels.hpp"

using namespace pathquant;

namespace law_levels_test {

const ScalarDistribution gaussian = ScalarDistribution::gaussian();
const ScalarDistribution laplace = ScalarDistribution::laplace();
const ScalarDistribution uniform = ScalarDistribution::uniform();

// Half a unit of the last digit of a table.
constexpr double printed = 0.51e-6;

double lloyd_error(const ScalarDistribution& law, std::int64_t levels) {
  return lloyd_max(law, levels).error;
}

void check_step(const ScalarDistribution& law, AlphabetKind kind, std::int64_t half_levels, double error, double step) {
  CAPTURE(half_levels);
  const DistributionStep best = best_uniform_step(law, kind, half_levels);
  CHECK(std::abs(best.error - error) < printed);
  CHECK(std::abs(best.step - step) < 0.51e-4);
}

TEST_CASE("Lloyd-Max: the table of theory, section 4.2") {
  for (const auto& [levels, of_gaussian, of_laplace] : {std::tuple{2, .363380, .5},
                                                        {4, .117482, .176195},
                                                        {8, .034548, .054476},
                                                        {16, .009501, .015373},
                                                        {3, .190174, .264241},
                                                        {5, .079941, .119806},
                                                        {7, .044000, .068088},
                                                        {15, .010737, .017293}}) {
    CAPTURE(levels);
    CHECK(std::abs(lloyd_error(gaussian, levels) - of_gaussian) < printed);
    CHECK(std::abs(lloyd_error(laplace, levels) - of_laplace) < printed);
    CHECK(lloyd_error(uniform, levels) == doctest::Approx(1.0 / (levels * levels)).epsilon(1e-12).scale(0));
  }
  CHECK(std::abs(lloyd_max(gaussian, 4).levels[2] - .452780) < printed);
  CHECK(std::abs(lloyd_max(gaussian, 4).levels[3] - 1.510418) < printed);
  CHECK(std::abs(lloyd_max(gaussian, 3).levels[2] - 1.224006) < printed);
  // By hand: E|x|, and for three Laplace levels 2/c beyond 1/c.
  CHECK(lloyd_error(gaussian, 2) == doctest::Approx(1 - 2 / std::numbers::pi).epsilon(1e-14).scale(0));
  CHECK(lloyd_error(laplace, 3) == doctest::Approx(1 - 2 / std::numbers::e).epsilon(1e-14).scale(0));
  CHECK(lloyd_max(laplace, 3).levels[2] == doctest::Approx(std::numbers::sqrt2).epsilon(1e-12).scale(0));
}

TEST_CASE("Uniform steps: the table of theory, section 4.2") {
  const auto midrise = AlphabetKind::midrise;
  const auto midtread = AlphabetKind::midtread;
  check_step(gaussian, midrise, 1, .363380, 1.5958);
  check_step(gaussian, midrise, 2, .118846, .9957);
  check_step(gaussian, midrise, 4, .037440, .5860);
  check_step(gaussian, midrise, 8, .011543, .3352);
  check_step(laplace, midrise, 1, .5, 1.4142);
  check_step(laplace, midrise, 2, .196302, 1.0874);
  check_step(laplace, midrise, 4, .071748, .7309);
  check_step(laplace, midrise, 8, .025351, .4610);
  check_step(gaussian, midtread, 1, .190174, 1.2240);
  check_step(gaussian, midtread, 2, .082178, .8430);
  check_step(gaussian, midtread, 3, .046860, .6508);
  check_step(gaussian, midtread, 4, .030696, .5338);
  check_step(gaussian, midtread, 7, .012889, .3534);
  check_step(gaussian, midtread, 8, .010405, .3189);
  check_step(laplace, midtread, 1, .264241, 1.4142);
  check_step(laplace, midtread, 2, .132997, 1.0245);
  check_step(laplace, midtread, 3, .083087, .8218);
  check_step(laplace, midtread, 4, .057992, .6940);
  check_step(laplace, midtread, 7, .027395, .4869);
  check_step(laplace, midtread, 8, .022716, .4454);
  for (const std::int64_t half_levels : {1, 2, 3, 4, 7, 8, 100}) {
    const auto odd = static_cast<double>(2 * half_levels + 1);
    const auto even = static_cast<double>(2 * half_levels);
    CHECK(best_uniform_step(uniform, midtread, half_levels).error ==
          doctest::Approx(1 / (odd * odd)).epsilon(1e-9).scale(0));
    CHECK(best_uniform_step(uniform, midrise, half_levels).error ==
          doctest::Approx(1 / (even * even)).epsilon(1e-9).scale(0));
    CHECK(best_uniform_step(uniform, midrise, half_levels).step ==
          doctest::Approx(2 * std::numbers::sqrt3 / even).epsilon(1e-9).scale(0));
  }
}

TEST_CASE("Every level is the mean of its cell, and errors are those of the levels") {
  for (const ScalarDistribution& law :
       {gaussian, laplace, uniform, ScalarDistribution::student_t(3), ScalarDistribution::student_t(7)})
    for (const std::int64_t count : {2, 3, 4, 9, 32, 255}) {
      CAPTURE(count);
      const DistributionLevels best = lloyd_max(law, count);
      REQUIRE(best.levels.size() == static_cast<std::size_t>(count));
      CHECK(rounding_error_of(law, best.levels) == doctest::Approx(best.error).epsilon(1e-11).scale(0));
      for (std::size_t i = 0; i < best.levels.size(); ++i) {
        const double level = best.levels[i];
        CHECK(level == -best.levels[best.levels.size() - 1 - i]);
        if (level <= 0) continue;
        const Extended above = i + 1 < best.levels.size() ? Extended(level + best.levels[i + 1]) / 2 : law.end();
        const DistributionMoments cell =
            law.between(std::max<Extended>((Extended(level) + best.levels[i - 1]) / 2, 0), above);
        CHECK(static_cast<double>(cell.first / cell.mass) == doctest::Approx(level).epsilon(5e-9).scale(0));
      }
    }
}

TEST_CASE("No other levels are better: the exact optimum of the law cut into many small pieces") {
  // Also for Student's t, whose density is not log-concave; the pieces' own spread bounds what cutting changes.
  for (const ScalarDistribution& law :
       {gaussian, laplace, ScalarDistribution::student_t(3), ScalarDistribution::student_t(5)}) {
    std::vector<double> places, weights;
    Extended energy = 0;
    constexpr int pieces = 3000;
    const auto edge = [](int i) { return static_cast<Extended>(i) / (pieces - i); };
    for (int i = 0; i < pieces; ++i) {
      const DistributionMoments piece =
          law.between(edge(i), i + 1 < pieces ? edge(i + 1) : std::numeric_limits<Extended>::infinity());
      if (piece.mass <= 0) continue;
      for (const double sign : {-1.0, 1.0}) {
        places.push_back(sign * static_cast<double>(piece.first / piece.mass));
        weights.push_back(static_cast<double>(piece.mass));
      }
      energy += 2 * piece.first * piece.first / piece.mass;
    }
    for (const std::int64_t count : {2, 3, 4, 7}) {
      CAPTURE(count);
      double best = 0;
      const std::vector<double> levels = best_levels(places, count, weights);
      for (std::size_t i = 0; i < places.size(); ++i) {
        double nearest = std::numeric_limits<double>::infinity();
        for (const double level : levels) nearest = std::min(nearest, std::abs(places[i] - level));
        best += weights[i] * nearest * nearest;
      }
      const double lost = 1 - static_cast<double>(energy);
      CHECK(lloyd_error(law, count) >= best);
      CHECK(lloyd_error(law, count) <= best + 1.001 * lost + 1e-6);
    }
  }
}

TEST_CASE("No step of a fine scan is better") {
  for (const ScalarDistribution& law : {gaussian, laplace, ScalarDistribution::student_t(3)})
    for (const bool zero : {false, true})
      for (const std::int64_t half_levels : {1, 2, 5}) {
        const DistributionStep best =
            best_uniform_step(law, zero ? AlphabetKind::midtread : AlphabetKind::midrise, half_levels);
        for (double step = 0.05; step < 5; step *= 1.003) {
          std::vector<double> levels;
          for (std::int64_t k = -half_levels; k <= half_levels; ++k)
            if (zero || k < half_levels) levels.push_back((static_cast<double>(k) + (zero ? 0 : 0.5)) * step);
          CHECK(rounding_error_of(law, levels) >= best.error * (1 - 1e-12));
        }
      }
}

TEST_CASE("What is out of range is refused") {
  CHECK_THROWS_AS(lloyd_max(gaussian, 1), std::invalid_argument);
  CHECK_THROWS_AS(lloyd_max(gaussian, 1025), std::invalid_argument);
  CHECK_THROWS_AS(best_uniform_step(gaussian, AlphabetKind::midtread, 0), std::invalid_argument);
  CHECK_THROWS_AS(best_uniform_step(gaussian, AlphabetKind::list, 2), std::invalid_argument);
}

}  // namespace law_levels_test
