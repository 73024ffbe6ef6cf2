#include "experiments/measure/section_identity.hpp"

namespace pathquant {

nlohmann::json section_identity(const Section& section, const Description& description, const Parameters& parameters) {
  nlohmann::json identity = {{section.selector, section.name}, {"version", description.version}};
  if (const auto& plugin = description.plugin)
    identity["plugin"] = {{"name", plugin->name}, {"version", plugin->version}, {"sha256", plugin->sha256}};
  for (const auto& [name, value] : parameters.values()) {
    if (name.starts_with("fresh.")) continue;
    const Parameter* parameter = find(description.parameters, name);
    if (parameter != nullptr && parameter->type == ValueType::file) continue;
    std::visit([&, key = name](const auto& v) { identity[key] = v; }, value);
  }
  return identity;
}

}  // namespace pathquant
