// Benchmarks of sign planes: least-squares fits, and products of sign matrices with each other and with real inputs.
#include <cmath>

#include "core/kernels/instructions.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/sign_planes/least_squares.hpp"
#include "core/sign_planes/sign_product.hpp"
#include "core/sign_planes/signed_sums.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

// ---- the fit: 10^7 weights in 1000 rows

constexpr LayerShape many_weights{0, 10000, 1000};

using Fit = PlaneScales<float> (*)(std::span<const float>, std::span<const double>);

/// Fits one row after another in place.
void fit_rows(Fit fit, const Matrix<float>& w, Matrix<float>& q) {
  for (Index j = 0; j < w.cols(); ++j) {
    const std::span<const float> x(w.col(j).data(), static_cast<std::size_t>(w.rows()));
    fold(x, fit(x, {}), q.col(j).data());
  }
}

void fits(const Bench& bench) {
  if (!bench.wants(many_weights)) return;
  const Matrix<float> w = gaussian("bench/weights", many_weights.width, many_weights.neurons).cast<float>();
  Matrix<float> q(w.rows(), w.cols());
  const LayerProblem<float> layer{RowMatrix<float>(w)};
  const struct {
    const char* name;
    Fit fit;
  } fits[] = {{"ls1", ls1<float>}, {"ls2", ls2<float>}, {"lst", lst<float>}};
  double error_of_ls1 = 0;
  for (const auto& [name, fit] : fits) {
    fit_rows(fit, w, q);
    const double error = (w - q).cast<double>().squaredNorm();
    if (error_of_ls1 == 0) {
      // ||w||^2 - (sum |w|)^2 / n, row by row
      const auto size = static_cast<double>(w.rows());
      const double expected = (w.cast<double>().colwise().squaredNorm().array() -
                               w.cast<double>().cwiseAbs().colwise().sum().array().square() / size)
                                  .sum();
      require_answer(std::abs(error / expected - 1) < 1e-5, name);
      error_of_ls1 = error;
    }
    require_answer(error <= error_of_ls1, name);
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
    const auto quantizer = entry.make(Parameters(entry.description.parameters, {}));
    const QuantizedLayer<float> result = quantizer->quantize(layer, Alphabet{}, Stream("unused"), ExecutionContext());
    require_answer(result.weights == RowMatrix<float>(q), name);
    const auto row = [&](const std::string& what) {
      return Row{.name = what, .shape = many_weights, .precision = "float32", .unit = "weights", .count = 1e7};
    };
    bench.alone(row(name), [&, fit = fit] { fit_rows(fit, w, q); });
    bench.alone(row(fmt::format("{}_layer", name)),
                [&] { quantizer->quantize(layer, Alphabet{}, Stream("unused"), ExecutionContext()); });
  }
}

// ---- products, of the inner length 1024 of the smallest layers for which they pay

constexpr LayerShape cube{1024, 1024, 1024};

SignMatrix signs_of(const RowMatrix<float>& numbers) {
  SignMatrix signs(numbers.rows(), numbers.cols());
  for (Index i = 0; i < numbers.rows(); ++i)
    for (Index t = 0; t < numbers.cols(); ++t)
      if (numbers(i, t) >= 0) signs.set_positive(i, t);
  return signs;
}

/// The fastest build that the instructions in use allow.
template <class Build>
const Build& build_in_use(std::span<const Build> builds) {
  const kernels::Instructions most = kernels::instructions();
  for (const Build& build : builds) {
    const std::string name = build.name;
    const bool allowed = most == kernels::Instructions::avx512 || name == "baseline" ||
                         (most == kernels::Instructions::fma && name != "avx512");
    if (allowed && build.runs_here()) return build;
  }
  return builds.back();
}

void products(const Bench& bench) {
  if (!bench.wants(cube)) return;
  const Layer<float> layer(cube);
  const RowMatrix<float> neurons = layer.weights.transpose();
  const SignMatrix a = signs_of(layer.rows), b = signs_of(neurons);
  const auto sign = [](float x) { return x >= 0 ? 1.0f : -1.0f; };
  const RowMatrix<float> dense_a = layer.rows.unaryExpr(sign), dense_b = layer.weights.unaryExpr(sign);
  RowMatrix<float> y(cube.samples, cube.neurons), exact(cube.samples, cube.neurons);
  const auto product = [&](const RowMatrix<float>& x) {
    return [&] { bench.yardstick().multiply(cube, x.data(), dense_b.data(), exact.data()); };
  };

  const SignProductBuild& planes = build_in_use(sign_product_builds());
  RowMatrix<std::int32_t> c(cube.samples, cube.neurons);
  planes.multiply(a, b, c);
  product(dense_a)();  // exact, because all sums are integers below 2^24
  require_answer(c == exact.cast<std::int32_t>(), "sign_product");
  bench.against_product(
      {.name = "sign_product", .shape = cube, .precision = "signs"}, [] {}, [&] { planes.multiply(a, b, c); },
      product(dense_a));

  const SignedSumsBuild<float>& sums = build_in_use(signed_sums_builds<float>());
  sums.multiply(layer.inputs, b, y);
  product(layer.rows)();
  require_answer((y - exact).norm() < 1e-5f * exact.norm(), "signed_sums");
  bench.against_product(
      {.name = "signed_sums", .shape = cube, .precision = "float32"}, [] {}, [&] { sums.multiply(layer.inputs, b, y); },
      product(layer.rows));
}

const Registered<BenchEntry> fit_entry({"binary_fit", "least-squares planes of 10^7 weights, of vectors and of a layer",
                                        fits});
const Registered<BenchEntry> product_entry({"binary_product", "one sign plane by another, and by real inputs",
                                            products});

}  // namespace
}  // namespace pathquant::bench
