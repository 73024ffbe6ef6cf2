#include "core/decision/levels.hpp"

#include <doctest/doctest.h>

#include "core/decision/decision_rule.hpp"
#include "tests/core/alphabet/level_list.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace levels_test {

std::vector<Alphabet> finite_alphabets() {
  std::vector<Alphabet> list;
  for (const bool lower : {false, true}) {
    for (const std::int64_t half_levels : {1, 2, 5})
      for (const AlphabetKind kind : {AlphabetKind::midtread, AlphabetKind::midrise})
        list.push_back({Vector::Ones(1), half_levels, kind, {}, lower});
    for (const std::vector<double>& values : {std::vector<double>{-1, 1}, std::vector<double>{-1, -0.5, 0, 2},
                                              std::vector<double>{1, 2, 4, 8}, std::vector<double>{-3, -1, -0.25}})
      list.push_back({Vector::Ones(1), std::nullopt, AlphabetKind::list, values, lower});
  }
  return list;
}

TEST_CASE_TEMPLATE("The nearest level of every kind is the nearest of all levels, ties included", S, float, double) {
  for (const Alphabet& alphabet : finite_alphabets()) {
    const Levels<S> levels(alphabet);
    for (int i = -9 * 64; i <= 9 * 64; ++i) {  // every midpoint, and exactly so, is a multiple of 1/64
      const S z = static_cast<S>(i) / 64;
      std::int64_t clipped = 0;
      CHECK(levels.nearest(z, clipped) == static_cast<S>(zoo::nearest_level(alphabet, static_cast<double>(z))));
      CHECK((clipped == 0 || clipped == 1));
    }
  }
}

TEST_CASE("A decision is clipped where the next level beyond the last would have been taken") {
  const auto clips = [](const Alphabet& alphabet, double z) {
    std::int64_t clipped = 0;
    Levels<double>(alphabet).nearest(z, clipped);
    return clipped == 1;
  };
  for (const Alphabet& alphabet : finite_alphabets()) {
    const std::vector<double> levels = zoo::level_list(alphabet);
    Alphabet wider{Vector::Ones(1), std::nullopt, AlphabetKind::list, levels, alphabet.ties_to_lower};
    wider.values.insert(wider.values.begin(), 2 * levels[0] - levels[1]);
    wider.values.push_back(2 * levels.back() - levels[levels.size() - 2]);
    for (int i = -20 * 64; i <= 20 * 64; ++i) {
      const double taken = zoo::nearest_level(wider, i / 64.0);
      CHECK(clips(alphabet, i / 64.0) == (taken == wider.values.front() || taken == wider.values.back()));
    }
  }
}

TEST_CASE("The infinite alphabets reach everywhere") {
  std::int64_t clipped = 0;
  const Levels<double> midtread(zoo::infinite_alphabet(1, 1.0));
  const Levels<double> midrise(Alphabet{Vector::Ones(1), std::nullopt, AlphabetKind::midrise});
  for (const double z : {-1e15, -7.3, -0.2, 0.0, 0.4, 12.5, 1e15}) {
    CHECK(std::abs(midtread.nearest(z, clipped) - z) <= 0.5);
    CHECK(std::abs(midrise.nearest(z, clipped) - z) <= 0.5);
  }
  CHECK(midrise.nearest(0.0, clipped) == 0.5);
  CHECK(midrise.nearest(-1.0, clipped) == -0.5);
  CHECK(clipped == 0);
}

TEST_CASE("Stochastic decisions take the two neighbours with mean z, and the end beyond it") {
  // The draw decides by comparison, so the share of draws i/1000 + 1/2000 that go up is the probability to 1/1000.
  for (const Alphabet& alphabet : finite_alphabets()) {
    const Levels<double> levels(alphabet);
    const std::vector<double> all = zoo::level_list(alphabet);
    for (double z = all.front() - 1; z <= all.back() + 1; z += 0.15625) {
      double sum = 0;
      std::int64_t clipped = 0;
      for (int i = 0; i < 1000; ++i) {
        const double level = levels.stochastic(z, (i + 0.5) / 1000, clipped);
        const auto found = std::find(all.begin(), all.end(), level);
        REQUIRE(found != all.end());
        sum += level;
      }
      const double expected = std::clamp(z, all.front(), all.back());
      CHECK(std::abs(sum / 1000 - expected) <= 0.0005 * 8);
      CHECK((clipped == 0) == (z >= all.front() && z <= all.back()));
    }
  }
}

TEST_CASE("A list of the uniform levels decides as they do") {
  const Vector steps = Vector::LinSpaced(5, 0.1, 0.5);
  for (const AlphabetKind kind : {AlphabetKind::midtread, AlphabetKind::midrise})
    for (const bool lower : {false, true}) {
      const Alphabet uniform{steps, 3, kind, {}, lower};
      const Alphabet listed{steps, std::nullopt, AlphabetKind::list, zoo::level_list(uniform), lower};
      const RowMatrix<double> arguments = zoo::uniform_weights("list", 200, 5, 2.5);
      std::vector<double> q(5), p(5);
      for (Index t = 0; t < arguments.rows(); ++t) {
        const double* c = arguments.row(t).data();
        CHECK(NearestDecision<double>(uniform).decide(t, 5, c, q.data()) ==
              NearestDecision<double>(listed).decide(t, 5, c, p.data()));
        CHECK(q == p);
        StochasticDecision<double>(uniform, Stream("list")).decide(t, 5, c, q.data());
        StochasticDecision<double>(listed, Stream("list")).decide(t, 5, c, p.data());
        CHECK(q == p);
      }
    }
}

}  // namespace levels_test
