// Tests of further input distributions with independent columns: sphere, rectified_gaussian, student_t.
#include <doctest/doctest.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "core/random/stream.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace independent_laws_test {

TEST_CASE("sphere: columns have one norm and no preferred direction") {
  constexpr Index columns = 20000;
  for (const Index m : {1, 2, 3, 8, 50}) {
    INFO("m = ", m);
    const double radius = 2.5;
    const auto law = make_inputs("sphere", {{"radius", radius}});
    const Matrix<double> x = draw_inputs(*law, "sphere", m, columns);
    CHECK((x.colwise().norm().array() / radius - 1).abs().maxCoeff() <= 1e-14);
    // An entry's square, over radius^2, is Beta(1/2, (m-1)/2); both signs are equally likely.
    for (const Index i : {Index{0}, m - 1}) {
      const double positive = static_cast<double>((x.row(i).array() > 0).count());
      CHECK(std::abs(positive - columns / 2.0) <= 6 * std::sqrt(columns / 4.0));
      if (m == 1) continue;
      const boost::math::beta_distribution<> beta(0.5, static_cast<double>(m - 1) / 2);
      const Vector squares = x.row(i).array().square() / (radius * radius);
      CHECK(may_have_law(entries(squares), [&](double s) { return cdf(beta, std::min(s, 1.0)); }));
    }
    const ColumnDistribution columns_law = law->column_law();
    CHECK(columns_law.independent);
    CHECK(columns_law.symmetric);
    CHECK(columns_law.norm_bound == radius);
    CHECK(columns_law.entry_bound == radius);
    CHECK(!columns_law.ball_radius);
    CHECK(!columns_law.gaussian_sigma);
    CHECK(!columns_law.entry_second_moment);
  }
  CHECK_THROWS_AS(make_inputs("sphere", {{"radius", 0.0}}), std::invalid_argument);
}

TEST_CASE("rectified_gaussian: the positive part of the normal at the entry's position") {
  const auto law = make_inputs("rectified_gaussian", {{"sigma", 0.5}});
  const Matrix<double> x = draw_inputs(*law, "k", 6, 4);
  for (Index t = 0; t < 4; ++t) {
    Vector column(6);
    Stream("k/inputs/rectified_gaussian").normals(t, 0, 6, column.data());
    CHECK(x.col(t) == 0.5 * column.cwiseMax(0.0));
  }
  const Matrix<double> many = draw_inputs(*law, "law", 200, 200);
  CHECK(many.minCoeff() == 0.0);
  // E max(g,0)^2 = sigma^2 / 2 and E max(g,0)^4 = 3 sigma^4 / 2.
  const double s2 = 0.25;
  CHECK(law->column_law().entry_second_moment == s2 / 2);
  CHECK(std::abs(many.squaredNorm() / 40000 - s2 / 2) <= 6 * s2 * std::sqrt((1.5 - 0.25) / 40000));
  CHECK(std::abs(static_cast<double>((many.array() > 0).count()) - 20000) <= 6 * std::sqrt(40000 / 4.0));
  CHECK(law->column_law().independent);
  CHECK(!law->column_law().symmetric);
  CHECK(!law->column_law().gaussian_sigma);
  CHECK(!law->column_law().norm_bound);
}

TEST_CASE("student_t: the entries' law and what is promised of it") {
  for (const std::int64_t degrees : {1, 3, 30}) {
    const auto law = make_inputs("student_t", {{"degrees", degrees}, {"scale", 2.0}});
    const boost::math::students_t expected(static_cast<double>(degrees));
    CHECK(may_have_law(entries(draw_inputs(*law, "law", 100, 200)), [&](double x) { return cdf(expected, x / 2); }));
    CHECK(law->column_law().independent);
    CHECK(law->column_law().symmetric);
    CHECK(!law->column_law().gaussian_sigma);
    CHECK(!law->column_law().norm_bound);
    CHECK(!law->column_law().entry_bound);
    CHECK(law->column_law().entry_second_moment.has_value() == (degrees > 2));
  }
  CHECK(make_inputs("student_t", {{"degrees", std::int64_t{6}}})->column_law().entry_second_moment == 1.5);
  CHECK_THROWS_AS(make_inputs("student_t", {{"degrees", std::int64_t{0}}}), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("student_t", {{"degrees", 2.5}}), std::invalid_argument);
  const auto many = make_inputs("student_t", {{"degrees", std::int64_t{100}}});
  CHECK_THROWS_AS(many->open("k", 100000000, 1), std::invalid_argument);
}

}  // namespace independent_laws_test
