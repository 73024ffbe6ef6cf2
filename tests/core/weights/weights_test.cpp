// Tests of the weight distributions: gaussian, uniform, laplace, student_t, npy.
#include <doctest/doctest.h>

#include <boost/math/distributions/students_t.hpp>

#include "core/data/data_error.hpp"
#include "core/data/npy.hpp"
#include "core/random/stream.hpp"
#include "core/weights/weight_distribution.hpp"
#include "tests/core/data/files.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace weights_test {

std::unique_ptr<WeightDistribution> make_weights(const std::string& name,
                                                 const std::map<std::string, Value>& given = {}) {
  const WeightEntry* entry = Registry<WeightEntry>::instance().find(name);
  REQUIRE(entry != nullptr);
  return entry->make(Parameters(entry->description.parameters, given));
}

TEST_CASE("a smaller layer is a corner of a larger one, and another key gives other weights") {
  for (const char* name : {"gaussian", "uniform", "laplace", "student_t"}) {
    INFO(name);
    const auto law = make_weights(name);
    const RowMatrix<double> w = law->draw("k", 20, 30);
    CHECK(law->draw("k", 7, 11) == w.topLeftCorner(7, 11));
    CHECK(law->draw("l", 20, 30) != w);
    CHECK(law->random());
    CHECK(!law->fixed_width());
    CHECK(!law->fixed_neurons());
    CHECK(law->files().empty());
    CHECK_THROWS_AS(law->draw("k", 0, 3), std::invalid_argument);
    CHECK_THROWS_AS(law->draw("k", 3, 0), std::invalid_argument);
  }
}

TEST_CASE("row = feature and position = neuron of the stream named by key and law") {
  const RowMatrix<double> w = make_weights("gaussian", {{"sigma", 3.0}})->draw("k", 4, 5);
  for (Index t = 0; t < 4; ++t) {
    Eigen::RowVectorXd row(5);
    Stream("k/weights/gaussian").normals(t, 0, 5, row.data());
    CHECK(w.row(t) == 3.0 * row);
  }
}

TEST_CASE("the weights' laws") {
  CHECK(may_have_law(entries(make_weights("gaussian", {{"sigma", 0.2}})->draw("law", 100, 200)),
                     [](double w) { return normal_distribution(w, 0.2); }));
  const RowMatrix<double> w = make_weights("uniform", {{"low", -0.9}, {"high", 0.9}})->draw("law", 100, 200);
  CHECK(w.minCoeff() >= -0.9);
  CHECK(w.maxCoeff() <= 0.9);
  CHECK(may_have_law(entries(w), [](double v) { return uniform_distribution(v, -0.9, 0.9); }));
  CHECK(may_have_law(entries(make_weights("uniform")->draw("law", 100, 200)),
                     [](double v) { return uniform_distribution(v, -1, 1); }));
}

TEST_CASE("laplace: exponential magnitudes and even signs, never infinite") {
  const RowMatrix<double> w = make_weights("laplace", {{"scale", 0.3}})->draw("law", 100, 400);
  CHECK(w.allFinite());
  // By the 52 bits of a magnitude.
  CHECK(w.cwiseAbs().maxCoeff() <= 0.3 * 53 * std::log(2.0));
  CHECK(may_have_law(entries(w),
                     [](double v) { return v < 0 ? 0.5 * std::exp(v / 0.3) : 1 - 0.5 * std::exp(-v / 0.3); }));
  CHECK_THROWS_AS(make_weights("laplace", {{"scale", 0.0}}), std::invalid_argument);
}

TEST_CASE("laplace: the quantile of the uniform number at the weight's position") {
  const RowMatrix<double> w = make_weights("laplace")->draw("k", 3, 50);
  for (Index t = 0; t < 3; ++t) {
    Vector u(50);
    Stream("k/weights/laplace").uniforms(t, 0, 50, u.data());
    for (Index j = 0; j < 50; ++j) {
      // Upper half: an exponential magnitude of the rest; lower half: its mirror image.
      const double v = 2 * (u[j] < 0.5 ? u[j] : u[j] - 0.5);
      CHECK(w(t, j) == doctest::Approx((u[j] < 0.5 ? 1 : -1) * std::log(v)).epsilon(1e-12).scale(0));
    }
  }
}

TEST_CASE("student_t: the law, and the scale") {
  const auto law = make_weights("student_t", {{"degrees", std::int64_t{4}}, {"scale", 0.1}});
  const boost::math::students_t expected(4);
  CHECK(may_have_law(entries(law->draw("law", 100, 200)), [&](double w) { return cdf(expected, w / 0.1); }));
  CHECK_THROWS_AS(make_weights("student_t", {{"degrees", std::int64_t{0}}}), std::invalid_argument);
  CHECK_THROWS_AS(make_weights("student_t", {{"degrees", std::int64_t{101}}}), std::invalid_argument);
  CHECK_THROWS_AS(make_weights("student_t", {{"degrees", 2.5}}), std::invalid_argument);
}

TEST_CASE("inadmissible parameters are refused") {
  CHECK_THROWS_AS(make_weights("gaussian", {{"sigma", 0.0}}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(make_weights("uniform", {{"low", 2.0}}), "low must be below high, not 2 and 1",
                       std::invalid_argument);
  CHECK_THROWS_AS(make_weights("npy"), std::invalid_argument);
}

TEST_CASE("npy: a file of (outputs, inputs) becomes N x P and fixes both") {
  const TemporaryFolder folder;
  const auto file = folder / "w.npy";
  const RowMatrix<float> stored = (RowMatrix<float>(2, 3) << 1, 2, 3, 4, 5, 6).finished();
  write_npy_matrix(file, stored);
  const auto law = make_weights("npy", {{"path", file.string()}});
  CHECK(!law->random());
  CHECK(law->fixed_width() == 3);
  CHECK(law->fixed_neurons() == 2);
  CHECK(law->files() == std::vector{file});
  CHECK(law->draw("k", 3, 2) == stored.cast<double>().transpose());
  CHECK_THROWS_AS(law->draw("k", 2, 2), std::invalid_argument);
  CHECK_THROWS_AS(law->draw("k", 3, 3), std::invalid_argument);
  const auto missing = make_weights("npy", {{"path", (folder / "none.npy").string()}});
  CHECK(contains(refusal<DataError>([&] { missing->fixed_width(); }), "none.npy: there is no such file"));
}

TEST_CASE("every registered weight law says what it is") {
  for (const WeightEntry* entry : Registry<WeightEntry>::instance().all()) {
    INFO(entry->description.name);
    CHECK(!entry->description.summary.empty());
    CHECK(!entry->description.formula.empty());
    CHECK(!entry->description.source.empty());
    for (const char* taken : {"samples", "width", "neurons", "mismatch"})
      CHECK(find(entry->description.parameters, taken) == nullptr);
  }
}

TEST_CASE("the law that a weight is said to have is the one it is drawn from") {
  const std::vector<std::pair<std::string, std::map<std::string, Value>>> laws = {
      {"gaussian", {{"sigma", 0.3}}},
      {"laplace", {{"scale", 2.0}}},
      {"uniform", {{"low", -1.0}, {"high", 4.0}}},
      {"student_t", {{"degrees", std::int64_t{5}}, {"scale", 0.1}}},
  };
  for (const auto& [name, given] : laws) {
    CAPTURE(name);
    const auto law = make_weights(name, given);
    const EntryDistribution entry = law->entry_law().value();
    const std::vector<double> w = entries(law->draw("entry law", 200, 200));
    const auto count = static_cast<double>(w.size());
    for (const double a : {0.0, 0.3, 0.9, 1.4, 2.5}) {
      double beyond = 0;
      for (const double weight : w) beyond += (weight - entry.mean) / entry.deviation > a ? 1 : 0;
      const double probability = static_cast<double>(entry.law.beyond(a).mass);
      // Five standard deviations of a binomial number.
      CHECK(std::abs(beyond - count * probability) <= 5 * std::sqrt(count * probability * (1 - probability)) + 1e-9);
    }
  }
  CHECK_FALSE(make_weights("student_t", {{"degrees", std::int64_t{2}}})->entry_law().has_value());
}

}  // namespace weights_test
