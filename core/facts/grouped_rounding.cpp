// The squared rounding errors of error feedback where a neuron's step changes along its features.
//
//   symbol    meaning
//   delta_tj  step of neuron j at feature t (Alphabet::step)
//   d_t       distance of [Xq_t; sqrt(lambda) e_t] from the span of the later columns (core/layer/elimination_facts.hpp)
//
// With |xi_tj| <= delta_tj/2, O1 reads ||Xq(W~ - Q)||_F^2 + lambda ||W~ - Q||_F^2 <= 1/4 sum_t d_t^2 sum_j delta_tj^2: the
// fact is the double sum, and the share of the feature that is visited first. Layers without groups need it not: there
// it is sum_j delta_j^2 sum_t d_t^2.
//
// Source: theory, O1 term by term.
#include "core/facts/fact.hpp"
#include "core/layer/permutation.hpp"

namespace pathquant {
namespace grouped_rounding_fact {

const Registered<FactEntry> registered(
    make_fact({.name = "grouped_rounding",
               .version = 1,
               .summary = "squared steps times squared distances of error feedback, with steps for groups of weights",
               .formula = "sum_t d_t^2 sum_j delta_tj^2 and its term of the feature that is visited first",
               .source = "theory, O1 term by term"},
              [](const auto& layer) -> std::optional<Vector> {
                const EliminationFactor& factor = layer.result.factor;
                if (!factor.reversed || layer.alphabet.group == 0) return std::nullopt;
                const std::vector<Index> order = permutation(layer.traits.order, layer.problem.squared_norms());
                const Index features = factor.reversed->rows();
                Vector sums = Vector::Zero(2);
                for (Index t = 0; t < features; ++t) {
                  if (factor.dead[static_cast<std::size_t>(t)]) continue;
                  const double distance = (*factor.reversed)(features - 1 - t, features - 1 - t);
                  double squares = 0;
                  for (Index j = 0; j < layer.problem.shape().neurons; ++j) {
                    const double step = layer.alphabet.step(order[static_cast<std::size_t>(t)], j);
                    squares += step * step;
                  }
                  sums(0) += distance * distance * squares;
                  if (t == 0) sums(1) = distance * distance * squares;
                }
                return sums;
              }));

}  // namespace grouped_rounding_fact
}  // namespace pathquant
