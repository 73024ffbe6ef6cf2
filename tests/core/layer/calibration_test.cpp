// The kinds of calibration: what they offer, and that they refuse what cannot be used.
#include "core/layer/calibration.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "core/layer/gram_errors.hpp"
#include "core/layer/permutation.hpp"
#include "tests/core/layer_calibrations.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace calibration_test {

using testing::on_blocks;
using testing::on_gram_side;

const ExecutionContext never;

TEST_CASE("The Gram side is the inner products and sums of the columns, in any order of the features") {
  const LayerProblem<double> held = zoo::mismatched_layer("calibration", {70, 41, 3}, 0.3);
  const LayerProblem<double> natural = on_gram_side(held);
  for (const FeatureOrder order : {FeatureOrder::natural, FeatureOrder::decreasing_norm}) {
    const LayerProblem<double> expected = permuted_problem(order, held), problem = permuted_problem(order, natural);
    const Matrix<double>& xq = expected.quantized_inputs();
    const Matrix<double> z = expected.inputs() - xq;
    const Matrix<double> h = xq.transpose() * xq, e = xq.transpose() * z, d = z.transpose() * z;
    const GramCalibration<double>& gram = *problem.gram_side();
    double off = 0;
    for (Index t = 0; t < 41; ++t)
      for (Index k = 0; k < 41; ++k) {
        off = std::max(off, std::abs(gram.products().difference_product(t, k) - e(t, k)));
        if (k > t) continue;
        off = std::max(off, std::abs(gram.products().gram()(t, k) - h(t, k)));
        off = std::max(off, std::abs(gram.products().drift()(t, k) - d(t, k)));
      }
    CHECK(off < 1e-12);
    CHECK((gram.quantized_sums() - xq.colwise().sum().transpose()).norm() < 1e-12);
    CHECK((gram.difference_sums() - z.colwise().sum().transpose()).norm() < 1e-12);
    CHECK(gram.squared_norms() == expected.squared_norms());
    CHECK(gram.samples() == 70);
  }
}

TEST_CASE_TEMPLATE("The bits do not depend on how the samples are cut into blocks", S, float, double) {
  const LayerProblem<S> held = zoo::cast<S>(zoo::mismatched_layer("blocks", {530, 30, 2}, 0.3));
  const LayerProblem<S> whole = on_gram_side(held);
  for (const Index rows : {1, 100, 256}) {
    const LayerProblem<S> parts = on_blocks(held, rows);
    CHECK(parts.calibration().blocks() != nullptr);
    CHECK(parts.squared_norms() == whole.squared_norms());
    CHECK(difference_products(*parts.gram_side()) == difference_products(*whole.gram_side()));
    CHECK(parts.gram_side()->quantized_sums() == whole.gram_side()->quantized_sums());
  }
}

TEST_CASE("Held inputs where there are none, and numbers that cannot be used, are refused with the rule") {
  const LayerProblem<double> held = zoo::gaussian_layer("refused", {20, 5, 2});
  const LayerProblem<double> gram = on_gram_side(held);
  CHECK(held.holds_inputs());
  CHECK(held.gram_side() == nullptr);
  CHECK(!gram.holds_inputs());
  CHECK(gram.shape().samples == 20);
  CHECK_THROWS_WITH_AS(gram.inputs(), doctest::Contains("not held"), std::logic_error);
  CHECK_THROWS_AS(gram.quantized_inputs(), std::logic_error);
  CHECK_THROWS_AS(gram.pair(), std::logic_error);
  CHECK_THROWS_AS(LayerProblem<double>(std::make_shared<GramCalibration<double>>(4, false), held.weights()),
                  std::invalid_argument);

  GramCalibration<double> open(2, false);
  CHECK_THROWS_AS(open.squared_norms(), std::logic_error);
  CHECK_THROWS_AS(open.finish(never), std::invalid_argument);
  const auto added = [](double first, double second, bool mismatch = false) {
    const std::vector<double> column = {first, second};
    GramCalibration<double> sums(1, mismatch);
    sums.add({2, column.data(), nullptr, 2}, never);
    sums.finish(never);
    return sums.squared_norms().front();
  };
  CHECK(added(3, 4) == 25);
  CHECK(added(0, 0) == 0);
  CHECK_THROWS_AS(added(1, std::numeric_limits<double>::infinity()), std::invalid_argument);
  CHECK_THROWS_AS(added(1, std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
  CHECK_THROWS_AS(added(1e-170, 0), std::invalid_argument);
  CHECK_THROWS_AS(added(1e160, 0), std::invalid_argument);
  CHECK_THROWS_AS(added(1, 1, true), std::invalid_argument);
}

}  // namespace calibration_test
}  // namespace pathquant
