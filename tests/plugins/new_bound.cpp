// Plugin for tests with new bounds: one with a fact that stored tasks lack, and one without.
#include "core/bounds/shared/bound.hpp"
#include "core/facts/fact.hpp"
#include "core/plugin.hpp"

PATHQUANT_PLUGIN("new_bound", "1.0");

namespace {

using namespace pathquant;

const Registered<FactEntry> fact(
    make_fact({.name = "widest_weight", .summary = "max |w|", .formula = "max |w|", .source = "-"},
              [](const auto& layer) -> std::optional<Vector> {
                return Vector::Constant(1, static_cast<double>(layer.problem.weights().cwiseAbs().maxCoeff()));
              }));

BoundEntry entry(const char* name, std::vector<std::string> facts) {
  return {.description = {.name = name, .summary = "a new bound", .formula = "1e9", .source = "-"},
          .kind = BoundKind::upper,
          .quantity = Quantity::error_energy,
          .deterministic = true,
          .needs_facts = std::move(facts),
          .concerns = [](const QuantizerTraits&) { return true; },
          .evaluate = [](const LayerFacts&, double) -> BoundValue { return 1e9; }};
}

const Registered<BoundEntry> with_fact(entry("new_bound_with_fact", {"widest_weight"}));
const Registered<BoundEntry> without_fact(entry("new_bound", {}));

}  // namespace
