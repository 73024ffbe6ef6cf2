// Tests of OPTQ, Qronos and GPTAQ against their definitions, computed column by column with Eigen.
#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <numeric>

#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace error_feedback_test {

const ExecutionContext never;
const Stream draws("feedback/decision");
constexpr double step = 0.25;

using Given = std::map<std::string, Value>;

template <class S>
QuantizedLayer<S> run(const std::string& name, Given given, const LayerProblem<S>& problem,
                      const ExecutionContext& execution = never) {
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", step}});
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  return entry.make(Parameters(entry.description.parameters, given))
      ->quantize(problem, zoo::infinite_alphabet(problem.shape().neurons, step), draws, execution);
}

double nearest(double c) {
  return step * std::floor(c / step + 0.5);
}
Matrix<double> nearest(const Matrix<double>& c) {
  return c.unaryExpr([](double x) { return nearest(x); });
}

double lambda_of(const LayerProblem<double>& problem, double damping) {
  return damping * problem.quantized_inputs().squaredNorm() / static_cast<double>(problem.shape().width);
}

std::vector<Index> order_of(const LayerProblem<double>& problem, bool by_norm) {
  std::vector<Index> order(static_cast<std::size_t>(problem.shape().width));
  std::iota(order.begin(), order.end(), Index{0});
  if (by_norm)
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
      return problem.quantized_inputs().col(a).squaredNorm() > problem.quantized_inputs().col(b).squaredNorm();
    });
  return order;
}

// The published steps: v_{>t} += (v_t - q_t) H_{>t,>t}^{-1} H_{>t,t}, from `weights`; rows in the order of permutation.
Matrix<double> optq_by_steps(const Matrix<double>& h, Matrix<double> v) {
  const Index n = h.rows();
  Matrix<double> q(n, v.cols());
  for (Index t = 0; t < n; ++t) {
    q.row(t) = nearest(Matrix<double>(v.row(t)));
    if (t + 1 == n) break;
    const Index rest = n - t - 1;
    const Vector factor = h.bottomRightCorner(rest, rest).ldlt().solve(h.col(t).tail(rest));
    v.bottomRows(rest) += factor * (v.row(t) - q.row(t));
  }
  return q;
}

struct Visited {
  Matrix<double> x, xq, w, h;
  double lambda;
};

Visited visited(const LayerProblem<double>& problem, double damping, bool by_norm) {
  const auto order = order_of(problem, by_norm);
  Visited v{problem.inputs()(Eigen::all, order),
            problem.quantized_inputs()(Eigen::all, order),
            problem.weights()(order, Eigen::all),
            {},
            lambda_of(problem, damping)};
  v.h = v.xq.transpose() * v.xq + v.lambda * Matrix<double>::Identity(v.xq.cols(), v.xq.cols());
  return v;
}

RowMatrix<double> in_permutation(const RowMatrix<double>& q, const LayerProblem<double>& problem, bool by_norm) {
  return q(order_of(problem, by_norm), Eigen::all);
}

// Sizes that fill no block, one, and several.
const std::vector<LayerShape> shapes = {{40, 12, 3}, {20, 50, 4}, {150, 110, 5}, {60, 210, 2}};

double relative(const RowMatrix<double>& a, const Matrix<double>& b) {
  return (Matrix<double>(a) - b).norm() / b.norm();
}

TEST_CASE("optq: Q is that of the published steps, whatever the shape, damping and order") {
  for (const LayerShape shape : shapes)
    for (const double damping : {0.01, 1.0})
      for (const bool by_norm : {false, true}) {
        CAPTURE(shape.width);
        CAPTURE(damping);
        const auto problem = zoo::mismatched_layer("steps", shape, 0.2);
        const Visited v = visited(problem, damping, by_norm);
        Given given = {{"damping", damping}, {"order", by_norm ? "decreasing_norm" : "natural"}};
        CHECK(relative(in_permutation(run("optq", given, problem).weights, problem, by_norm), optq_by_steps(v.h, v.w)) <
              1e-12);
        const Matrix<double> target = v.w + 0.5 * v.h.ldlt().solve(v.xq.transpose() * (v.x - v.xq) * v.w);
        given["calibration"] = "asymmetric";
        given["alpha"] = 0.5;
        CHECK(relative(in_permutation(run("optq", given, problem).weights, problem, by_norm),
                       optq_by_steps(v.h, target)) < 1e-12);
      }
}

TEST_CASE("qronos: Q is that of its definition, least squares at every step") {
  for (const LayerShape shape : shapes)
    for (const bool by_norm : {false, true}) {
      CAPTURE(shape.width);
      const double damping = 0.01;
      const auto problem = zoo::mismatched_layer("qronos", shape, 0.2);
      const Visited v = visited(problem, damping, by_norm);
      const Index n = shape.width;
      // With the rows sqrt(lambda) I below X and Xq damping is part of the data.
      Matrix<double> x(shape.samples + n, n), xq = x;
      x << v.x, std::sqrt(v.lambda) * Matrix<double>::Identity(n, n);
      xq << v.xq, std::sqrt(v.lambda) * Matrix<double>::Identity(n, n);
      Matrix<double> q(n, shape.neurons), weights = v.w;
      for (Index t = 0; t < n; ++t) {
        const Index rest = n - t - 1;
        const Matrix<double> decided = x * v.w - xq.leftCols(t) * q.topRows(t);
        q.row(t) =
            nearest(Matrix<double>(xq.col(t).transpose() * (decided - xq.rightCols(rest) * weights.bottomRows(rest)) /
                                   xq.col(t).squaredNorm()));
        if (rest > 0)
          weights.bottomRows(rest) = xq.rightCols(rest).householderQr().solve(decided - xq.col(t) * q.row(t));
      }
      CHECK(relative(
                in_permutation(
                    run("qronos", {{"damping", damping}, {"order", by_norm ? "decreasing_norm" : "natural"}}, problem)
                        .weights,
                    problem, by_norm),
                q) < 1e-12);
    }
}

TEST_CASE("gptaq: Q is that of the published steps") {
  for (const LayerShape shape : shapes)
    for (const bool by_norm : {false, true}) {
      CAPTURE(shape.width);
      const double damping = 0.1, alpha = 0.7;
      const auto problem = zoo::mismatched_layer("gptaq", shape, 0.2);
      const Visited v = visited(problem, damping, by_norm);
      const Index n = shape.width;
      const Matrix<double> inverse = v.h.inverse();
      const Matrix<double> u = inverse.llt().matrixL().transpose();
      const Matrix<double> d = (v.x - v.xq).transpose() * v.xq;
      const Matrix<double> product = d * u.transpose();
      const Matrix<double> p = alpha * Matrix<double>(product.triangularView<Eigen::StrictlyUpper>()) * u;
      Matrix<double> w = v.w, q(n, shape.neurons);
      for (Index t = 0; t < n; ++t) {
        q.row(t) = nearest(Matrix<double>(w.row(t)));
        const Index rest = n - t - 1;
        w.bottomRows(rest) += -u.row(t).tail(rest).transpose() * (w.row(t) - q.row(t)) / u(t, t) +
                              p.row(t).tail(rest).transpose() * w.row(t);
      }
      const Given given = {{"damping", damping}, {"alpha", alpha}, {"order", by_norm ? "decreasing_norm" : "natural"}};
      CHECK(relative(in_permutation(run("gptaq", given, problem).weights, problem, by_norm), q) < 1e-12);
    }
}

TEST_CASE("optq, qronos, gptaq: one by one by hand") {
  // X = I, Xq = [[1, 0], [1/2, 1]], w = (1, 1), step 1/2, no damping: W* = (1, 1/2), and lattice points reach it.
  const Matrix<double> x = Matrix<double>::Identity(2, 2);
  const Matrix<double> xq = (Matrix<double>(2, 2) << 1, 0, 0.5, 1).finished();
  const LayerProblem<double> problem(x, xq, RowMatrix<double>::Ones(2, 1));
  const auto quantized = [&](const std::string& name, Given given) {
    given["damping"] = 0.0;
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
    given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
    return entry.make(Parameters(entry.description.parameters, given))
        ->quantize(problem, zoo::infinite_alphabet(1, 0.5), draws, never)
        .weights;
  };
  CHECK(quantized("optq", {}) == RowMatrix<double>::Ones(2, 1));
  const RowMatrix<double> right = (RowMatrix<double>(2, 1) << 1, 0.5).finished();
  CHECK(quantized("optq", {{"calibration", "asymmetric"}}) == right);
  CHECK(quantized("gptaq", {{"alpha", 1.0}}) == right);
  // The order decides where a large column meets a small one: [1, 10; 0, 1], w = (1/2-, 0.3), step 1.
  const LayerProblem<double> large((Matrix<double>(2, 2) << 1, 10, 0, 1).finished(), std::nullopt,
                                   (RowMatrix<double>(2, 1) << 0.4999, 0.3).finished());
  const auto one = [&](const char* order) {
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("optq");
    return entry
        .make(Parameters(entry.description.parameters,
                         {{"alphabet.levels", "infinite"}, {"alphabet.step", 1.0}, {"damping", 0.0}, {"order", order}}))
        ->quantize(large, zoo::infinite_alphabet(1, 1.0), draws, never)
        .weights;
  };
  CHECK(one("natural") == RowMatrix<double>::Zero(2, 1));
  CHECK(one("decreasing_norm") == (RowMatrix<double>(2, 1) << 3, 0).finished());
}

TEST_CASE("O1: ||U||^2 + lambda ||W - Q||^2 = sum_t xi_t^2 d_t^2, clipped or not, and with alpha = 1 above the floor") {
  for (const LayerShape shape : shapes)
    for (const std::optional<std::int64_t> half_levels :
         {std::optional<std::int64_t>{}, std::optional<std::int64_t>{2}})
      for (const bool mismatch : {false, true}) {
        CAPTURE(shape.width);
        CAPTURE(mismatch);
        const double damping = 0.05;
        const auto problem = mismatch ? zoo::mismatched_layer("O1", shape, 0.2) : zoo::gaussian_layer("O1", shape);
        const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("optq");
        const auto result =
            entry
                .make(Parameters(entry.description.parameters, {{"alphabet.levels", "infinite"},
                                                                {"alphabet.step", step},
                                                                {"damping", damping},
                                                                {"calibration", "asymmetric"}}))
                ->quantize(problem, Alphabet{Vector::Constant(shape.neurons, step), half_levels}, draws, never);
        const Visited v = visited(problem, damping, false);
        const Index n = shape.width;
        const Matrix<double> target = v.w + v.h.ldlt().solve(v.xq.transpose() * (v.x - v.xq) * v.w);
        const Matrix<double> deviation = target - result.weights;
        double sum = 0, distances = 0;
        for (Index t = 0; t < n; ++t) {
          const Index rest = n - t - 1;
          const Vector factor =
              rest > 0 ? Vector(v.h.bottomRightCorner(rest, rest).ldlt().solve(v.h.col(t).tail(rest))) : Vector();
          const double distance = v.h(t, t) - (rest > 0 ? v.h.col(t).tail(rest).dot(factor) : 0.0);
          distances += distance;
          // v_t - q_t from the weights that the earlier decisions have left: the minimiser of the damped error.
          Matrix<double> argument = target.row(t);
          if (t > 0)
            argument += v.h.bottomRightCorner(n - t, n - t)
                            .ldlt()
                            .solve(v.h.bottomLeftCorner(n - t, t) * deviation.topRows(t))
                            .row(0);
          sum += distance * (argument - Matrix<double>(result.weights.row(t))).squaredNorm();
        }
        const double floor = (v.x * v.w - v.xq * target).squaredNorm() + v.lambda * (target - v.w).squaredNorm();
        const double error = measure(problem, result.weights, never).error_energy +
                             v.lambda * (problem.weights() - result.weights).squaredNorm();
        CHECK(error == doctest::Approx(floor + sum).epsilon(1e-10).scale(0));
        const EliminationFacts& facts = *result.elimination;
        CHECK(facts.lambda == doctest::Approx(v.lambda).epsilon(1e-13).scale(0));
        CHECK(facts.damping == damping);
        CHECK(facts.sum_squares == doctest::Approx(distances).epsilon(1e-10).scale(0));
        CHECK(facts.starts_at_minimum);
        CHECK(facts.weight_error == doctest::Approx((problem.weights() - result.weights).squaredNorm()));
        CHECK(facts.shift_energy == doctest::Approx((target - v.w).squaredNorm()).epsilon(1e-9));
        CHECK(facts.deviation_energy == doctest::Approx(deviation.squaredNorm()));
        CHECK(facts.first_misses == doctest::Approx(deviation.row(0).squaredNorm()));
        CHECK(facts.sum_logs ==
              doctest::Approx(2 * Matrix<double>(v.h.llt().matrixL()).diagonal().array().log().sum()));
        CHECK((half_levels ? result.clipped > 0 : result.clipped == 0));
      }
}

TEST_CASE("O4: Qronos's error is the floor and what its roundings cost, the first one counted from the solution") {
  for (const LayerShape shape : {LayerShape{40, 12, 3}, LayerShape{150, 110, 5}}) {
    const auto problem = zoo::mismatched_layer("O4", shape, 0.3);
    const auto result = run("qronos", {{"damping", 0.0}}, problem);
    CHECK(result.elimination->lambda == 0);
    const Matrix<double> xq = problem.quantized_inputs(), xw = problem.inputs() * Matrix<double>(problem.weights());
    const Matrix<double> target = xq.householderQr().solve(xw);
    const Index n = shape.width;
    double sum = 0;
    for (Index t = 0; t < n; ++t) {
      // d_t: how far column t is from the span of those behind it; xi_t: what rounding did to the solution on the rest.
      const Matrix<double> from = xq.rightCols(n - t), behind = xq.rightCols(n - t - 1);
      const Vector left =
          behind.cols() == 0 ? Vector(xq.col(t)) : Vector(xq.col(t) - behind * behind.householderQr().solve(xq.col(t)));
      const double distance = left.squaredNorm();
      const Matrix<double> decided = xw - xq.leftCols(t) * Matrix<double>(result.weights.topRows(t));
      const Matrix<double> argument = from.householderQr().solve(decided).row(0);
      const Matrix<double> xi = argument - Matrix<double>(result.weights.row(t));
      if (t > 0) CHECK(xi.cwiseAbs().maxCoeff() <= step / 2 * (1 + 1e-9));
      sum += xi.squaredNorm() * distance;
    }
    const double floor = (xw - xq * target).squaredNorm();
    CHECK(measure(problem, result.weights, never).error_energy == doctest::Approx(floor + sum).epsilon(1e-11).scale(0));
  }
}

TEST_CASE("Orthogonal columns: msq, gpfq, optq, qronos and gptaq are one") {
  const Matrix<double> basis =
      Eigen::HouseholderQR<Matrix<double>>(zoo::gaussian_inputs("orthogonal", 40, 40)).householderQ();
  Matrix<double> x = 3 * basis.leftCols(25);
  for (Index t = 0; t < 25; ++t) x.col(t) *= 1 + 0.1 * static_cast<double>(t);
  const LayerProblem<double> problem(x, std::nullopt, zoo::uniform_weights("orthogonal", 25, 8, 1.0));
  const RowMatrix<double> q = run("msq", {}, problem).weights;
  for (const char* name : {"gpfq", "optq", "qronos", "gptaq"}) {
    CAPTURE(name);
    CHECK(run(name, {}, problem).weights == q);
  }
}

TEST_CASE("X == Xq: gptaq and qronos are optq with their damping") {
  const auto problem = zoo::gaussian_layer("same", {50, 120, 9});
  CHECK(run("gptaq", {}, problem).weights == run("optq", {}, problem).weights);
  CHECK(run("qronos", {}, problem).weights == run("optq", {{"damping", 1e-6}}, problem).weights);
}

TEST_CASE("Damping grows where the matrix is singular, and only there; what is taken is told") {
  const auto singular = zoo::gaussian_layer("singular", {20, 60, 3});
  const auto result = run("optq", {{"damping", 0.0}}, singular);
  CHECK(result.elimination->damping == 1e-6);
  CHECK(result.weights == run("optq", {{"damping", 1e-6}}, singular).weights);
  CHECK(run("optq", {{"damping", 0.0}}, zoo::gaussian_layer("regular", {60, 20, 3})).elimination->damping == 0);
  // In single precision rounding hides smaller pivots.
  const auto single = run("optq", {{"damping", 0.0}}, zoo::cast<float>(singular));
  CHECK(single.elimination->damping > 1e-6);
  CHECK(single.weights.allFinite());
  // Twice the same column, and dead ones.
  Matrix<double> x = zoo::gaussian_inputs("twice", 30, 8);
  x.col(3) = x.col(6);
  x.col(0).setZero();
  const LayerProblem<double> twice(x, std::nullopt, zoo::uniform_weights("twice", 8, 2, 1.0));
  CHECK(run("optq", {{"damping", 0.0}}, twice).elimination->damping > 0);
  CHECK(run("optq", {}, twice).elimination->live == 7);
  CHECK(run("optq", {}, twice).weights.row(0) == RowMatrix<double>::Zero(1, 2));
}

TEST_CASE("Threads change no bit of error feedback") {
  const auto problem = zoo::mismatched_layer("threads", {80, 230, 150}, 0.2);
  for (const auto& [name, given] :
       std::vector<std::pair<std::string, Given>>{{"optq", {{"calibration", "asymmetric"}, {"alpha", 0.5}}},
                                                  {"optq", {{"rounding", "stochastic"}}},
                                                  {"qronos", {}},
                                                  {"gptaq", {}}}) {
    CAPTURE(name);
    CHECK(run(name, given, problem, ExecutionContext().with_threads(3)).weights == run(name, given, problem).weights);
    CHECK(run(name, given, zoo::cast<float>(problem), ExecutionContext().with_threads(3)).weights ==
          run(name, given, zoo::cast<float>(problem)).weights);
  }
}

}  // namespace error_feedback_test
