#include "core/random/student_t.hpp"

#include <doctest/doctest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace student_t_test {

TEST_CASE("an element is z over the root mean square of d normals of its own positions") {
  const Stream stream("t");
  for (const Index degrees : {1, 2, 5, 100}) {
    const Index count = 600;  // more than a tile
    Vector drawn(count);
    student_t(stream, 3, count, degrees, drawn.data());
    Vector normals(count * (degrees + 1));
    stream.normals(3, 0, normals.size(), normals.data());
    for (const Index i : {Index{0}, Index{1}, Index{255}, Index{256}, count - 1}) {
      const auto own = normals.segment(i * (degrees + 1), degrees + 1);
      const double chi_squared = own.tail(degrees).squaredNorm();
      CHECK(drawn[i] ==
            doctest::Approx(own[0] / std::sqrt(chi_squared / static_cast<double>(degrees))).epsilon(1e-14).scale(0));
    }
    Vector fewer(77);
    student_t(stream, 3, 77, degrees, fewer.data());
    CHECK(fewer == drawn.head(77));
  }
}

TEST_CASE("the draws have Student's law") {
  for (const Index degrees : {1, 2, 3, 10, 100}) {
    INFO("degrees ", degrees);
    Vector drawn(40000);
    student_t(Stream("law"), degrees, drawn.size(), degrees, drawn.data());
    CHECK(drawn.allFinite());
    const boost::math::students_t law(static_cast<double>(degrees));
    CHECK(may_have_law(entries(drawn), [&](double x) { return cdf(law, x); }));
  }
}

TEST_CASE("what a row has no positions for is refused") {
  double out = 0;
  CHECK(most_student_t(1) == Index{1} << 32);
  CHECK_THROWS_AS(student_t(Stream("t"), 0, most_student_t(3) + 1, 3, &out), std::invalid_argument);
  CHECK_THROWS_AS(student_t(Stream("t"), 0, -1, 3, &out), std::invalid_argument);
  CHECK_THROWS_AS(student_t(Stream("t"), 0, 1, 0, &out), std::invalid_argument);
  CHECK_THROWS_AS(student_t(Stream("t"), 0, 1, 101, &out), std::invalid_argument);
}

}  // namespace student_t_test
