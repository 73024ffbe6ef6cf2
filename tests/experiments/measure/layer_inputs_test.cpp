// Tests of layer inputs: properties of X and Xq with noise, and the inputs of both networks on fresh rows.
#include "experiments/measure/layer_inputs.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace layer_inputs_test {

LayerInputs inputs_of(const std::string& name, const std::map<std::string, Value>& given, double mismatch) {
  LayerInputs inputs;
  inputs.law = make_inputs(name, given);
  inputs.samples = 9;
  inputs.width = 5;
  inputs.mismatch = mismatch;
  inputs.fresh = 2000;
  return inputs;
}

TEST_CASE("noise keeps a Gaussian law Gaussian, takes bounds away, and leaves no subspace") {
  const ColumnDistribution gaussian = inputs_of("gaussian", {{"sigma", 3.0}}, 4.0).column_law();
  CHECK(gaussian.gaussian_sigma == 5.0);
  CHECK(gaussian.entry_second_moment == 25.0);
  const ColumnDistribution cube = inputs_of("uniform", {}, 0.5).column_law();
  CHECK_FALSE(cube.entry_bound.has_value());
  CHECK(cube.symmetric);
  const ColumnDistribution subspace = inputs_of("subspace", {{"dimension", std::int64_t{3}}}, 0.5).column_law();
  CHECK(subspace.independent);
  CHECK_FALSE(subspace.dimension.has_value());
  CHECK_FALSE(subspace.gaussian_sigma.has_value());
  CHECK_FALSE(subspace.symmetric);
  CHECK(inputs_of("subspace", {{"dimension", std::int64_t{3}}}, 0.0).column_law().dimension == 3);
}

TEST_CASE("fresh rows have noise of their own, of the same size") {
  const ExecutionContext never;
  const LayerInputs noisy = inputs_of("gaussian", {}, 0.25);
  const auto [x, xq] = noisy.draw<double>("k", never);
  const auto [z, zq] = noisy.draw_fresh<double>("k", never);
  REQUIRE(xq.has_value());
  REQUIRE(zq.has_value());
  CHECK(z.rows() == 2000);
  // Its mean square is 1/16 chi^2_10000/10000: six deviations.
  CHECK(std::abs((*zq - z).squaredNorm() / 10000 - 0.0625) <= 6 * 0.0625 * std::sqrt(2.0 / 10000));
  CHECK((*zq - z).topRows(9) != *xq - x);
  CHECK_FALSE(noisy.fresh_moment("k").has_value());
  const LayerInputs clean = inputs_of("gaussian", {}, 0.0);
  CHECK_FALSE(clean.draw_fresh<double>("k", never).second.has_value());
  CHECK(clean.draw_fresh<double>("k", never).first == z);
  CHECK(clean.fresh_moment("k").has_value());
  CHECK(clean.key(7, 3).inputs() == "seed=7/trial=3");
}

}  // namespace layer_inputs_test
