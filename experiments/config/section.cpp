#include "experiments/config/section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace pathquant {
namespace {

void flatten(const Node& mapping, const std::string& prefix, Section& section, Complaints& complaints) {
  for (const Entry& entry : mapping.entries) {
    const std::string name = prefix + entry.key;
    switch (entry.value.kind) {
      case Node::Kind::null:
        break;  // `key: null` is the same as leaving the key out
      case Node::Kind::scalar:
        section.given[name] = {entry.value.value, entry.value.at, entry.key_at, entry.value.inherited};
        break;
      case Node::Kind::mapping:
        flatten(entry.value, name + ".", section, complaints);
        break;
      case Node::Kind::sequence:
        complaints.push_back(
            {entry.value.at,
             fmt::format("{}.{} takes one value; to sweep it, put the list under sweep.grid", section.section, name)});
        break;
    }
  }
}

std::vector<std::string> names_of(const ParameterTable& table) {
  std::vector<std::string> names;
  for (const Parameter& parameter : table) names.push_back(parameter.name);
  return names;
}

}  // namespace

std::optional<Section> read_section(const Node& cell, const std::string& name, const std::vector<Selector>& selectors,
                                    Complaints& complaints) {
  std::vector<std::string> keys;
  keys.reserve(selectors.size());
  for (const Selector& selector : selectors) keys.push_back(selector.key);
  const Node* node = cell.find(name);
  if (node == nullptr || node->kind != Node::Kind::mapping) {
    complaints.push_back({node == nullptr ? cell.at : node->at,
                          fmt::format("{} is {}: give a mapping with {}", name,
                                      node == nullptr ? "missing" : "not a mapping", fmt::join(keys, " or "))});
    return std::nullopt;
  }
  Section section;
  section.section = name;
  section.at = node->at;
  flatten(*node, "", section, complaints);
  for (const Selector& selector : selectors) {
    const auto found = section.given.find(selector.key);
    if (found == section.given.end()) continue;
    if (!section.selector.empty()) {
      complaints.push_back(
          {found->second.key_at, fmt::format("{} takes either {}, not both", name, fmt::join(keys, " or "))});
      return std::nullopt;
    }
    const std::string text = to_text(found->second.value);
    if (std::find(selector.names.begin(), selector.names.end(), text) == selector.names.end()) {
      complaints.push_back(
          {found->second.at, fmt::format("there is no {} '{}'{}: {}", selector.key == "name" ? name : selector.key,
                                         text, suggestion(text, selector.names), fmt::join(selector.names, ", "))});
      return std::nullopt;
    }
    section.selector = selector.key;
    section.name = text;
  }
  if (section.selector.empty()) {
    complaints.push_back({section.at, fmt::format("{} does not say which: give {}", name, fmt::join(keys, " or "))});
    return std::nullopt;
  }
  section.given.erase(section.selector);
  return section;
}

std::optional<Parameters> resolve(const Section& section, const ParameterTable& table, const ParameterTable& family,
                                  Complaints& complaints) {
  const std::size_t before = complaints.size();
  std::map<std::string, Value> values;
  for (const auto& [name, given] : section.given) {
    const Parameter* parameter = find(table, name);
    if (parameter == nullptr) {
      if (given.inherited && find(family, name) != nullptr) continue;
      complaints.push_back({given.key_at, fmt::format("{} '{}' has no parameter '{}'{}", section.section, section.name,
                                                      name, suggestion(name, names_of(table)))});
      continue;
    }
    try {
      values[name] = conform(*parameter, given.value);
    } catch (const std::invalid_argument& error) {
      complaints.push_back({given.at, fmt::format("{}.{}", section.section, error.what())});
    }
  }
  for (const Parameter& parameter : table)
    if (parameter.must_be_given && !section.given.contains(parameter.name))
      complaints.push_back(
          {section.at, fmt::format("{}.{} is missing: {}", section.section, parameter.name, parameter.meaning)});
  if (complaints.size() > before) return std::nullopt;
  return Parameters(table, values);
}

}  // namespace pathquant
