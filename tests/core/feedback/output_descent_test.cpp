// Tests of coordinate descent and mean-field annealing: the error along the iterations, and the fixed points.
#include "core/feedback/output_descent.hpp"

#include <doctest/doctest.h>

#include <Eigen/QR>

#include <cmath>

#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace output_descent_test {

const ExecutionContext never;
const Stream draws("descent/decision");
using Given = std::map<std::string, Value>;

template <class S>
RowMatrix<S> run(const std::string& name, Given given, const LayerProblem<S>& problem, const Alphabet& alphabet,
                 const ExecutionContext& execution = never) {
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  return entry.make(Parameters(entry.description.parameters, given))
      ->quantize(problem, alphabet, draws, execution)
      .weights;
}

double error(const LayerProblem<double>& problem, const RowMatrix<double>& q) {
  return measure(problem, q, never).error_energy;
}

Matrix<double> correlated(Index samples, Index width) {
  return zoo::gaussian_inputs("mixed", samples, width) * zoo::gaussian_inputs("mixing", width, width) /
             std::sqrt(static_cast<double>(width)) +
         0.3 * zoo::gaussian_inputs("own", samples, width);
}

std::vector<LayerProblem<double>> layers() {
  std::vector<LayerProblem<double>> list;
  for (const auto& [m, n] : {std::pair<Index, Index>{80, 30}, {20, 130}}) {
    const Matrix<double> x = correlated(m, n);
    list.emplace_back(x, std::nullopt, zoo::uniform_weights("descent", n, 5, 1.0));
    list.emplace_back(x, Matrix<double>(x + 0.2 * zoo::gaussian_inputs("noise", m, n)),
                      zoo::uniform_weights("descent", n, 5, 1.0));
  }
  return list;
}

TEST_CASE("output descent: an argument is the number that is best for its weight while the others stay") {
  for (const LayerProblem<double>& problem : layers()) {
    const OutputDescent<double> descent(problem, never);
    RowMatrix<double> v = zoo::uniform_weights("start", problem.shape().width, 5, 1.0);
    RowMatrix<double> now = v;
    double worst = 0;
    descent.sweep(
        v,
        [&](Index t, Index first, Index count, const double* c, double* row) {
          const Matrix<double> u =
              problem.inputs() * Matrix<double>(problem.weights()) - problem.quantized_inputs() * Matrix<double>(now);
          const Vector xq = problem.quantized_inputs().col(t);
          for (Index j = 0; j < count; ++j) {
            const double best = now(t, first + j) + xq.dot(u.col(first + j)) / xq.squaredNorm();
            worst = std::max(worst, std::abs(best - c[j]));
            row[j] = std::round(2 * c[j]) / 2;
            now(t, first + j) = row[j];
          }
        },
        never);
    CHECK(worst < 1e-11);
    CHECK(v == now);
    const Vector energies = descent.energies(v, never);
    CHECK(energies.sum() == doctest::Approx(error(problem, v)).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("coordinate_descent: never worse than its start, and no weight can be bettered by itself") {
  const Alphabet alphabet = zoo::finite_alphabet(5, 0.5, 2);
  for (const LayerProblem<double>& problem : layers()) {
    const RowMatrix<double> from_msq = run("coordinate_descent", {{"start", "msq"}}, problem, alphabet);
    const RowMatrix<double> from_optq = run("coordinate_descent", {}, problem, alphabet);
    CHECK(error(problem, from_msq) <= error(problem, run("msq", {}, problem, alphabet)) * (1 + 1e-12));
    CHECK(error(problem, from_optq) <=
          error(problem, run("optq", {{"calibration", "asymmetric"}}, problem, alphabet)) * (1 + 1e-12));
    for (const RowMatrix<double>& q : {from_msq, from_optq})
      for (const Index t : {Index{0}, Index{7}, problem.shape().width - 1})
        for (const double level : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
          RowMatrix<double> other = q;
          other(t, 2) = level;
          CHECK(error(problem, other) >= error(problem, q) * (1 - 1e-12));
        }
    // More sweeps only help.
    double last = error(problem, run("msq", {}, problem, alphabet));
    for (const std::int64_t sweeps : {1, 2, 4, 8}) {
      const double now =
          error(problem, run("coordinate_descent", {{"start", "msq"}, {"sweeps", sweeps}}, problem, alphabet));
      CHECK(now <= last * (1 + 1e-12));
      last = now;
    }
  }
}

TEST_CASE("mean_field: never worse than coordinate descent from rounded weights; orthogonal columns: msq") {
  const Alphabet alphabet = zoo::finite_alphabet(5, 0.5, 2);
  double gain = 0;
  for (const LayerProblem<double>& problem : layers()) {
    const double annealed = error(problem, run("mean_field", {}, problem, alphabet));
    const double plain = error(problem, run("coordinate_descent", {{"start", "msq"}}, problem, alphabet));
    CHECK(annealed <= plain * (1 + 1e-12));
    gain += std::log(plain / annealed);
  }
  CHECK(gain > 0.1);  // it is there for something
  const Matrix<double> basis =
      Eigen::HouseholderQR<Matrix<double>>(zoo::gaussian_inputs("orthogonal", 40, 40)).householderQ();
  const LayerProblem<double> orthogonal(3 * basis.leftCols(25), std::nullopt,
                                        zoo::uniform_weights("orthogonal", 25, 5, 1.0));
  for (const Given& given : {Given{}, Given{{"start", "msq"}}})
    CHECK(run("coordinate_descent", given, orthogonal, alphabet) == run("msq", {}, orthogonal, alphabet));
  CHECK(run("mean_field", {}, orthogonal, alphabet) == run("msq", {}, orthogonal, alphabet));
}

TEST_CASE("Two equal columns: rounding each misses, coordinate descent does not") {
  // w = (.4, .4): msq (0, 0) errs by .8, and one of the two should be 1. The first that is looked at takes it.
  const LayerProblem<double> problem(Matrix<double>::Ones(4, 2), std::nullopt, RowMatrix<double>::Constant(2, 1, 0.4));
  const RowMatrix<double> q = run("coordinate_descent", {{"start", "msq"}}, problem, zoo::infinite_alphabet(1, 1.0));
  CHECK(q == (RowMatrix<double>(2, 1) << 1, 0).finished());
}

TEST_CASE("Threads change no bit of descent") {
  const auto problem = zoo::mismatched_layer("threads", {40, 130, 150}, 0.2);
  const Alphabet alphabet = zoo::finite_alphabet(150, 0.5, 2);
  for (const char* name : {"coordinate_descent", "mean_field"})
    CHECK(run(name, {}, problem, alphabet, ExecutionContext().with_threads(3)) == run(name, {}, problem, alphabet));
}

}  // namespace output_descent_test
