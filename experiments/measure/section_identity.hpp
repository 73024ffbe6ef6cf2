// What a section of a cell contributes to the cell's identity, and which parameters its family has.
#pragma once

#include <nlohmann/json.hpp>

#include "core/registry.hpp"
#include "experiments/config/section.hpp"

namespace pathquant {

/// The parameters of everything in a registry, some more than once.
template <class Entry>
ParameterTable family_of() {
  ParameterTable family;
  for (const Entry* entry : Registry<Entry>::instance().all())
    family = std::move(family) + entry->description.parameters;
  return family;
}

/// What decides a section's result: its name, its version and its parameters, files by their content (identified_files.hpp), a
/// plugin's library; fresh rows have their own.
nlohmann::json section_identity(const Section& section, const Description& description, const Parameters& parameters);

}  // namespace pathquant
