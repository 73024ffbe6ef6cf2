// The reference recurrence, and comparisons of the faster forms with it.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "core/decision/logistic_decision.hpp"
#include "core/decision/threshold_decision.hpp"
#include "core/layer/strip_inputs.hpp"
#include "core/path_following/reference.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant::testing {

template <class S>
struct Followed {
  RowMatrix<S> decisions, state;
  std::int64_t clipped = 0;
};

template <class S>
Followed<S> follow_reference(const LayerProblem<S>& problem, PathKind kind, const DecisionRule<S>& rule,
                             std::span<const Index> order = {}, const RowMatrix<S>& start = {}) {
  Followed<S> run{RowMatrix<S>(problem.shape().width, problem.shape().neurons), start, 0};
  run.clipped =
      kind == PathKind::mismatched
          ? plain::follow_path(problem, problem.weights(), rule, ExecutionContext(), run.decisions, run.state, order)
          : plain::follow_quantized_path(problem, problem.weights(), rule, ExecutionContext(), run.decisions, run.state,
                                         order);
  return run;
}

template <class S>
bool same_bits(const RowMatrix<S>& a, const RowMatrix<S>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a.size() == 0 || std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(S)) == 0);
}

template <class S>
void check_same(const Followed<S>& a, const Followed<S>& b) {
  CHECK(same_bits(a.decisions, b.decisions));
  CHECK(same_bits(a.state, b.state));
  CHECK(a.clipped == b.clipped);
}

/// Every decision rule, for P neurons with steps of their own.
template <class S>
std::vector<std::unique_ptr<DecisionRule<S>>> all_rules(Index neurons) {
  Vector steps(neurons);
  for (Index j = 0; j < neurons; ++j) steps(j) = 0.25 + 0.01 * static_cast<double>(j % 7);
  const Alphabet finite{steps, 3}, infinite{steps, std::nullopt}, midrise{steps, 4, AlphabetKind::midrise};
  const Alphabet list{steps, std::nullopt, AlphabetKind::list, {-3.0, -1.0, -0.5, 0.0, 0.75, 2.0}};
  const Stream draws("rules");
  std::vector<std::unique_ptr<DecisionRule<S>>> rules;
  for (const Alphabet& alphabet : {finite, infinite, midrise, list}) {
    rules.push_back(std::make_unique<NearestDecision<S>>(alphabet));
    rules.push_back(std::make_unique<StochasticDecision<S>>(alphabet, draws));
  }
  rules.push_back(std::make_unique<SoftDecision<S>>(finite, 0.1));
  rules.push_back(std::make_unique<HardDecision<S>>(finite, 0.2));
  rules.push_back(std::make_unique<LogisticDecision<S>>(finite, 0.3, draws));
  return rules;
}

/// X != Xq, long columns, and arguments that come from the first weight alone: as long as the state before it is 0.
/// They are ties of levels 0.1 apart, but for some units in the last place.
inline LayerProblem<double> ties_at_the_first_feature() {
  const LayerShape shape{900, 2, 200};
  const LayerProblem<double> base = zoo::mismatched_layer("first", shape, 0.5);
  const double factor = base.squared_norms()[0] / base.quantized_inputs().col(0).dot(base.inputs().col(0));
  RowMatrix<double> weights = base.weights();
  for (Index j = 0; j < shape.neurons; ++j) {
    const double tie = 0.1 * (static_cast<double>(j % 7) - 3.5) * factor;
    weights(0, j) = tie + static_cast<double>(j / 7 - 14) * 0x1p-53 * std::abs(tie);
  }
  return {base.inputs(), base.quantized_inputs(), weights};
}

}  // namespace pathquant::testing
