// What is stored of a layer so that bounds can be evaluated without running its task again, and how it is read back.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "core/bounds/shared/bound.hpp"
#include "core/facts/fact.hpp"
#include "experiments/measure/stored_fields.hpp"

namespace pathquant {

/// `fresh_energy` and `row_space_deviations` are left out where they were not measured.
nlohmann::json stored_statistics(const LayerStatistics& statistics, const Alphabet& alphabet,
                                 const std::optional<double>& fresh_energy, const Vector& row_space_deviations);

/// Every registered fact of the layer: {name: {"version": .., "values": [..]}}.
template <class S>
nlohmann::json stored_facts_of(const QuantizedFacts<S>& layer) {
  nlohmann::json stored = nlohmann::json::object();
  for (const FactEntry* fact : Registry<FactEntry>::instance().all())
    if (const std::optional<Vector> values = fact->compute(layer))
      stored[fact->description.name] = {{"version", fact->description.version}, {"values", stored_value(*values)}};
  return stored;
}

/// The facts of a stored layer, ready for the bounds; `layer` is {"record": .., "statistics": ..}. A fact that is
/// stored in another version than the registered one counts as absent. Throws nlohmann::json::exception or
/// std::out_of_range where it is of another shape than stored_statistics writes.
LayerFacts stored_facts(const nlohmann::json& layer, LayerShape shape, bool mismatch, const ColumnDistribution& columns,
                        const QuantizerTraits& traits);

}  // namespace pathquant
