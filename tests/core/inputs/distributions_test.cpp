// Tests of random input distributions: what X depends on in all of them, and the distributions gaussian, uniform and
// ball.
#include <doctest/doctest.h>

#include "core/random/stream.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace distributions_test {

TEST_CASE("blocks of columns, keys and names: what X depends on") {
  struct Case {
    const char* name;
    std::map<std::string, Value> given = {};
    bool corner = true;  ///< fewer samples and a smaller width: a corner of the same X
    bool left = true;    ///< a smaller width alone: the first columns
  };
  for (const Case& one :
       {Case{"gaussian"}, Case{"uniform"}, Case{"ball", {}, false}, Case{"sphere", {}, false},
        Case{"rectified_gaussian"}, Case{"student_t"}, Case{"low_rank", {{"rank", std::int64_t{3}}}}, Case{"ar1"},
        Case{"ar1", {{"rho", -1.0}}}, Case{"clusters"}, Case{"spectrum", {}, false, false}}) {
    const std::string name = one.name;
    INFO(name);
    const auto law = make_inputs(name, one.given);
    const Matrix<double> x = draw_inputs(*law, "seed=0/trial=0", 7, 40);
    CHECK(x == draw_inputs_in_blocks(*law, "seed=0/trial=0", 7, 40));
    CHECK(x != draw_inputs(*law, "seed=0/trial=1", 7, 40));
    CHECK((draw_inputs(*law, "seed=0/trial=0", 7, 13) == x.leftCols(13)) == one.left);
    CHECK((draw_inputs(*law, "seed=0/trial=0", 4, 13) == x.topLeftCorner(4, 13)) == one.corner);
    if (name == "spectrum") CHECK(draw_inputs(*law, "seed=0/trial=0", 4, 40) == x.topRows(4));
    CHECK(law->random(7));
    CHECK(!law->fixed_width());
    CHECK(!law->available_samples());
    CHECK(law->files().empty());
    CHECK_THROWS_AS(law->open("key", 0, 3), std::invalid_argument);
    CHECK_THROWS_AS(law->open("key", 3, 0), std::invalid_argument);
  }
}

TEST_CASE("gaussian: row = feature and position = sample of the stream named by key and law, times sigma") {
  const Matrix<double> x = draw_inputs(*make_inputs("gaussian", {{"sigma", 2.5}}), "k", 6, 4);
  for (Index t = 0; t < 4; ++t) {
    Vector column(6);
    Stream("k/inputs/gaussian").normals(t, 0, 6, column.data());
    CHECK(x.col(t) == 2.5 * column);
  }
}

TEST_CASE("gaussian: the entries' law and what is promised of it") {
  const auto law = make_inputs("gaussian", {{"sigma", 0.5}});
  CHECK(law->column_law().independent);
  CHECK(law->column_law().gaussian_sigma == 0.5);
  CHECK(law->column_law().symmetric);
  CHECK(law->column_law().entry_second_moment == 0.25);
  CHECK(!law->column_law().norm_bound);
  CHECK(!law->column_law().entry_bound);
  CHECK(!law->column_law().ball_radius);
  CHECK(
      may_have_law(entries(draw_inputs(*law, "law", 100, 200)), [](double x) { return normal_distribution(x, 0.5); }));
  CHECK(make_inputs("gaussian")->column_law().gaussian_sigma == 1.0);
  CHECK_THROWS_AS(make_inputs("gaussian", {{"sigma", 0.0}}), std::invalid_argument);
}

TEST_CASE("uniform: the entries' law and what is promised of it") {
  const auto law = make_inputs("uniform", {{"low", 2.0}, {"high", 5.0}});
  CHECK(law->column_law().independent);
  CHECK(!law->column_law().gaussian_sigma);
  CHECK(!law->column_law().ball_radius);
  const Matrix<double> x = draw_inputs(*law, "law", 100, 200);
  CHECK(x.minCoeff() >= 2.0);
  CHECK(x.maxCoeff() <= 5.0);
  // The integral of x^2 / 3 from 2 to 5, a mean over entries of deviation below 25 / 2.
  CHECK(law->column_law().entry_second_moment == doctest::Approx(13));
  CHECK(std::abs(x.squaredNorm() / 20000 - 13) <= 6 * 12.5 / std::sqrt(20000));
  CHECK(law->column_law().entry_bound == 5.0);
  CHECK(!law->column_law().norm_bound);
  CHECK(!law->column_law().symmetric);
  CHECK(!make_inputs("uniform", {{"low", -1.0}, {"high", 2.0}})->column_law().symmetric);
  CHECK(make_inputs("uniform", {{"low", -3.0}, {"high", 2.0}})->column_law().entry_bound == 3.0);
  CHECK(make_inputs("uniform")->column_law().symmetric);
  CHECK(make_inputs("uniform")->column_law().entry_second_moment == doctest::Approx(1.0 / 3));
  CHECK(may_have_law(entries(x), [](double v) { return uniform_distribution(v, 2, 5); }));
  CHECK(may_have_law(entries(draw_inputs(*make_inputs("uniform"), "law", 100, 200)),
                     [](double v) { return uniform_distribution(v, -1, 1); }));
  CHECK_THROWS_WITH_AS(make_inputs("uniform", {{"low", 1.0}}), "low must be below high, not 1 and 1",
                       std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("uniform", {{"low", -1.7e308}, {"high", 1.7e308}}), std::invalid_argument);
}

TEST_CASE("ball: columns are uniform in the ball") {
  constexpr Index columns = 20000;
  for (const Index m : {1, 2, 3, 8, 50}) {
    INFO("m = ", m);
    const double radius = 1.5;
    const auto law = make_inputs("ball", {{"radius", radius}});
    CHECK(law->column_law().independent);
    CHECK(law->column_law().ball_radius == radius);
    CHECK(law->column_law().symmetric);
    CHECK(law->column_law().norm_bound == radius);
    CHECK(law->column_law().entry_bound == radius);
    CHECK(!law->column_law().entry_second_moment);
    CHECK(!law->column_law().gaussian_sigma);
    const Matrix<double> x = draw_inputs(*law, "ball", m, columns);
    const Vector fraction = x.colwise().norm() / radius;
    CHECK(fraction.maxCoeff() <= 1 + 1e-14);
    // P(||x|| <= s r) = s^m.
    const double dimension = static_cast<double>(m);
    CHECK(may_have_law(entries(fraction), [&](double s) { return std::pow(std::min(s, 1.0), dimension); }));
    // E||x||^2 = r^2 m/(m+2) and E||x||^4 = r^4 m/(m+4), so this is a mean of known deviation; six of them.
    const double mean = dimension / (dimension + 2);
    const double deviation = std::sqrt(dimension / (dimension + 4) - mean * mean) / std::sqrt(double{columns});
    CHECK(std::abs(fraction.squaredNorm() / columns - mean) <= 6 * deviation);
    // No direction is preferred: an entry has mean 0 and the second moment r^2/(m+2), at most r^2/sqrt(columns) from it
    // per deviation.
    for (const Index i : {Index{0}, m - 1}) {
      CHECK(std::abs(x.row(i).mean()) <= 6 * radius / std::sqrt((dimension + 2) * columns));
      CHECK(std::abs(x.row(i).squaredNorm() / columns / (radius * radius) - 1 / (dimension + 2)) <=
            6 * std::sqrt(3 / ((dimension + 2) * (dimension + 4)) / columns));
    }
  }
  CHECK_THROWS_AS(make_inputs("ball", {{"radius", -1.0}}), std::invalid_argument);
}

TEST_CASE("every registered law says what it is") {
  for (const InputEntry* entry : Registry<InputEntry>::instance().all()) {
    INFO(entry->description.name);
    CHECK(!entry->description.summary.empty());
    CHECK(!entry->description.formula.empty());
    CHECK(!entry->description.source.empty());
    for (const char* taken : {"samples", "width", "neurons", "mismatch"})
      CHECK(find(entry->description.parameters, taken) == nullptr);
  }
}

}  // namespace distributions_test
