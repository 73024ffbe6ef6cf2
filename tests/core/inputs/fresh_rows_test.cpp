// Tests of fresh rows: what they share with a trial's X, and their second moments. A deviation of six standard errors
// has a probability of about 2e-9.
#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <numeric>
#include <set>

#include "core/data/datasets.hpp"
#include "core/data/npy.hpp"
#include "core/random/stream.hpp"
#include "tests/core/data/files.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace fresh_rows_test {

using Given = std::map<std::string, Value>;

Matrix<double> draw_fresh(const InputDistribution& law, const std::string& key, Index samples, Index width,
                          Index fresh) {
  Matrix<double> z(fresh, width);
  law.open_fresh(key, samples, width, fresh)->columns(0, width, z.data());
  return z;
}

struct Law {
  const char* name;
  Given given;
};

const std::vector<Law> laws = {
    {"gaussian", {{"sigma", 2.0}}},
    {"uniform", {}},
    {"uniform", {{"low", -0.5}, {"high", 2.0}}},
    {"rectified_gaussian", {{"sigma", 1.5}}},
    {"student_t", {{"degrees", std::int64_t{9}}}},
    {"sphere", {{"radius", 3.0}}},
    {"ball", {{"radius", 3.0}}},
    {"low_rank", {{"rank", std::int64_t{3}}}},
    {"clusters", {{"clusters", std::int64_t{4}}, {"spread", 0.5}}},
    {"subspace", {{"dimension", std::int64_t{3}}, {"sigma", 2.0}}},
    {"ar1", {{"rho", 0.7}}},
    {"ar1", {{"rho", -1.0}}},
    {"spectrum", {{"decay", std::int64_t{1}}}},
};

/// Sigma, put together from blocks of the factor that are no divisors of its columns.
Eigen::MatrixXd whole(const SecondMoment& moment) {
  Eigen::MatrixXd sigma = moment.diagonal.asDiagonal();
  for (Index first = 0; first < moment.factors; first += 3) {
    const Eigen::MatrixXd factor = moment.factor(first, std::min(Index{3}, moment.factors - first));
    sigma += factor * factor.transpose();
  }
  return sigma;
}

TEST_CASE("the second moment is that of many fresh rows, given the trial") {
  constexpr Index samples = 4, width = 7, fresh = 60000;
  for (const Law& one : laws) {
    CAPTURE(one.name);
    const auto law = make_inputs(one.name, one.given);
    const Eigen::MatrixXd z = draw_fresh(*law, "trial", samples, width, fresh);
    const auto moment = law->fresh_moment("trial", samples, width);
    REQUIRE(moment.has_value());
    REQUIRE(moment->diagonal.size() == width);
    const Eigen::MatrixXd sigma = whole(*moment);
    for (Index s = 0; s < width; ++s)
      for (Index t = 0; t <= s; ++t) {
        const Eigen::ArrayXd products = z.col(s).array() * z.col(t).array();
        const double error = std::sqrt((products - products.mean()).square().mean() / static_cast<double>(fresh));
        CHECK(std::abs(products.mean() - sigma(s, t)) <= 6 * error + 1e-12);
      }
    // In another order of the features, and on weights.
    const std::vector<Index> order = {3, 0, 6, 1, 5, 2, 4};
    const SecondMoment other = arranged(*moment, order);
    CHECK((whole(other) - Eigen::MatrixXd(sigma(order, order))).norm() <= 1e-12 * sigma.norm());
    CHECK(trace(*moment) == doctest::Approx(sigma.trace()).epsilon(1e-12).scale(0));
    const RowMatrix<double> weights = draw_inputs(*make_inputs("gaussian"), "w", width, 3);
    CHECK(expected_energy(*moment, weights, ExecutionContext()) ==
          doctest::Approx((weights.transpose() * sigma * weights).trace()).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("fresh rows are no rows of X, and fewer are the first of more") {
  for (const Law& one : laws) {
    CAPTURE(one.name);
    const auto law = make_inputs(one.name, one.given);
    const Matrix<double> x = draw_inputs(*law, "trial", 30, 7);
    const Matrix<double> z = draw_fresh(*law, "trial", 30, 7, 30);
    CHECK((x - z).rowwise().norm().minCoeff() > 1e-3);
    CHECK(draw_fresh(*law, "trial", 30, 7, 11) == z.topRows(11));
    CHECK(draw_fresh(*law, "other", 30, 7, 11) != z.topRows(11));
    CHECK(law->fresh_random(30, 30));
    CHECK_FALSE(law->available_fresh(30).has_value());
    // But for the scales of a sphere, ball or subspace, which are of X, X's samples do not matter.
    const std::string name = one.name;
    const bool scaled = name == "sphere" || name == "ball" || name == "subspace";
    CHECK((draw_fresh(*law, "trial", 10, 7, 30) == z) == !scaled);
  }
}

TEST_CASE("what a trial draws once is that of its fresh rows too") {
  const auto low_rank = make_inputs("low_rank", {{"rank", std::int64_t{3}}});
  Matrix<double> both(60, 20);
  both << draw_inputs(*low_rank, "k", 30, 20), draw_fresh(*low_rank, "k", 30, 20, 30);
  const auto singular_values = [](const Matrix<double>& matrix) {
    return Vector(Eigen::JacobiSVD<Eigen::MatrixXd>(matrix).singularValues());
  };
  CHECK(singular_values(both)[2] > 1e-2 * singular_values(both)[0]);
  CHECK(singular_values(both)[3] <= 1e-12 * singular_values(both)[0]);

  const auto clusters = make_inputs("clusters", {{"clusters", std::int64_t{2}}, {"spread", 0.0}});
  const Matrix<double> x = draw_inputs(*clusters, "k", 40, 20), z = draw_fresh(*clusters, "k", 40, 20, 40);
  for (Index i = 0; i < 40; ++i) CHECK((x.rowwise() - z.row(i)).rowwise().norm().minCoeff() == 0);

  // Column t of X on a sphere of radius 3 is 3 g/||g||; its fresh entries have the same factor 3/||g||.
  const auto sphere = make_inputs("sphere", {{"radius", 3.0}});
  const Matrix<double> fresh = draw_fresh(*sphere, "k", 5, 4, 3);
  for (Index t = 0; t < 4; ++t) {
    std::vector<double> g(5), h(3);
    Stream("k/inputs/sphere").normals(t, 0, 5, g.data());
    Stream("k/fresh/inputs/sphere").normals(t, 0, 3, h.data());
    const double norm = std::sqrt(std::inner_product(g.begin(), g.end(), g.begin(), 0.0));
    for (Index i = 0; i < 3; ++i) CHECK(fresh(i, t) == doctest::Approx(3 / norm * h[static_cast<std::size_t>(i)]));
  }

  // R spreads the first eigenvalue in one direction for all rows: the top direction of X's rows is that of Z's.
  const auto spectrum = make_inputs("spectrum", {{"decay", std::int64_t{4}}});
  const auto top = [](const Matrix<double>& rows) {
    return Vector(Eigen::JacobiSVD<Eigen::MatrixXd>(rows, Eigen::ComputeThinV).matrixV().col(0));
  };
  CHECK(std::abs(top(draw_inputs(*spectrum, "k", 500, 16)).dot(top(draw_fresh(*spectrum, "k", 500, 16, 500)))) > 0.99);
  CHECK(std::abs(top(draw_inputs(*spectrum, "k", 500, 16)).dot(top(draw_fresh(*spectrum, "l", 500, 16, 500)))) < 0.99);
}

TEST_CASE("where the second moment is not known, that is said") {
  CHECK_FALSE(make_inputs("student_t", {{"degrees", std::int64_t{2}}})->fresh_moment("k", 4, 5).has_value());
  const Given patches = {{"image.channels", std::int64_t{1}},
                         {"image.height", std::int64_t{6}},
                         {"image.width", std::int64_t{6}},
                         {"kernel", std::int64_t{3}},
                         {"sigma", 2.0}};
  const auto inside = make_inputs("patches", patches)->fresh_moment("k", 4, 9);
  REQUIRE(inside.has_value());
  CHECK(whole(*inside) == Eigen::MatrixXd(4.0 * Eigen::MatrixXd::Identity(9, 9)));
  Given padded = patches;
  padded["padding"] = std::int64_t{1};
  CHECK_FALSE(make_inputs("patches", padded)->fresh_moment("k", 4, 9).has_value());
  CHECK_FALSE(make_inputs("digits")->fresh_moment("k", 4, 64).has_value());
}

TEST_CASE("fresh rows of a file are those that are not in X, the same for any number of samples") {
  const TemporaryFolder folder;
  write_npy_matrix(folder / "x.npy", RowMatrix<double>(RowMatrix<double>::NullaryExpr(
                                         50, 3, [](Index row, Index column) { return double(100 * row + column); })));
  const auto law = make_inputs("npy", {{"path", (folder / "x.npy").string()}, {"features", std::string("random")}});
  const auto rows_of = [](const Matrix<double>& x) {
    std::set<Index> rows;
    for (const double entry : x.col(0)) rows.insert(static_cast<Index>(entry) / 100);
    return rows;
  };
  const Matrix<double> x = draw_inputs(*law, "k", 30, 2), z = draw_fresh(*law, "k", 30, 2, 20);
  std::set<Index> all = rows_of(x);
  for (const Index row : rows_of(z)) CHECK(all.insert(row).second);
  CHECK(all.size() == 50);
  CHECK(std::fmod(x(0, 0), 100) == std::fmod(z(0, 0), 100));  // the same features
  CHECK(std::fmod(x(0, 1), 100) == std::fmod(z(0, 1), 100));
  CHECK(draw_fresh(*law, "k", 5, 2, 20) == z);
  CHECK(draw_fresh(*law, "k", 30, 2, 4) == z.topRows(4));
  CHECK(law->available_fresh(30) == 20);
  CHECK(law->fresh_files().empty());
  CHECK(law->fresh_random(30, 20));
  CHECK_THROWS_WITH_AS(law->open_fresh("k", 31, 2, 20),
                       "fresh.samples must be at most 19, the rows left of npy, not 20", std::invalid_argument);
  CHECK_THROWS_AS(law->open_fresh("k", 50, 2, 1), std::invalid_argument);
  CHECK_THROWS_AS(law->open_fresh("k", 5, 2, 0), std::invalid_argument);
}

TEST_CASE("fresh rows of another split, and splits that share rows") {
  CHECK(dataset_splits_share_rows("digits", "all", "first_half"));
  CHECK(dataset_splits_share_rows("digits", "second_half", "all"));
  CHECK_FALSE(dataset_splits_share_rows("digits", "first_half", "second_half"));
  CHECK_FALSE(dataset_splits_share_rows("mnist", "train", "test"));
  CHECK(dataset_splits_share_rows("mnist", "train", "train"));
  const auto split = [](const char* calibration, const char* fresh) {
    return make_inputs("digits", {{"split", std::string(calibration)}, {"fresh.split", std::string(fresh)}});
  };
  CHECK(contains(refusal<std::invalid_argument>([&] { split("all", "second_half"); }), "have rows in common"));

  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  create_directories(folder / "digits");
  std::string lines;
  for (int row = 0; row < 1797; ++row) {  // the first three pixels count the rows
    lines += std::to_string(row % 13) + "," + std::to_string(row / 13 % 13) + "," + std::to_string(row / 169);
    for (int pixel = 3; pixel < 65; ++pixel) lines += ",0";
    lines += "\n";
  }
  write_bytes(folder / "digits/digits.csv", bytes_of(lines));
  const auto rows_of = [](const Matrix<double>& x) {
    std::vector<Index> rows;
    for (Index i = 0; i < x.rows(); ++i)
      rows.push_back(static_cast<Index>(16 * (x(i, 0) + 13 * x(i, 1) + 169 * x(i, 2)) + 0.5));
    return rows;
  };
  const auto law = split("first_half", "second_half");
  CHECK(law->available_fresh(898) == 899);
  CHECK_FALSE(law->fresh_random(898, 899));
  CHECK(law->fresh_random(898, 898));
  CHECK(law->fresh_files() == law->files());
  const std::vector<Index> everything = rows_of(draw_fresh(*law, "k", 898, 64, 899));
  for (Index i = 0; i < 899; ++i) CHECK(everything[static_cast<std::size_t>(i)] == 898 + i);
  const std::vector<Index> some = rows_of(draw_fresh(*law, "k", 10, 64, 300));
  CHECK(std::set<Index>(some.begin(), some.end()).size() == 300);
  CHECK(*std::min_element(some.begin(), some.end()) >= 898);
  CHECK_THROWS_AS(law->open_fresh("k", 10, 64, 900), std::invalid_argument);
  const auto same = split("first_half", "first_half");
  CHECK(same->available_fresh(600) == 298);
  CHECK(same->fresh_files().empty());

  // Patches: whole images are fresh.
  const auto patches = make_inputs(
      "digits",
      {{"split", std::string("first_half")}, {"kernel", std::int64_t{8}}, {"retain", 1.0}, {"replacement", false}});
  std::vector<Index> images = rows_of(draw_inputs(*patches, "k", 500, 64));
  const std::vector<Index> others = rows_of(draw_fresh(*patches, "k", 500, 64, 398));
  images.insert(images.end(), others.begin(), others.end());
  CHECK(std::set<Index>(images.begin(), images.end()).size() == 898);
  CHECK(patches->available_fresh(500) == 398);
  CHECK_THROWS_AS(patches->open_fresh("k", 500, 64, 399), std::invalid_argument);
  const auto both = make_inputs("digits", {{"split", std::string("first_half")},
                                           {"fresh.split", std::string("second_half")},
                                           {"kernel", std::int64_t{4}},
                                           {"retain", 0.5}});
  CHECK(both->available_fresh(898) == 899 * 3);  // floor(.5 * 4 + 1) patches of each image
  CHECK(draw_fresh(*both, "k", 10, 16, 30) == draw_fresh(*both, "k", 500, 16, 30));
}

}  // namespace fresh_rows_test
