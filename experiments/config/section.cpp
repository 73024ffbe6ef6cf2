#include "experiments/config/section.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace pathquant {
namespace {

void flatten(const Node& mapping, const std::string& prefix, Section& section, Diagnostics& diagnostics) {
  for (const Entry& entry : mapping.entries) {
    const std::string name = prefix + entry.key;
    switch (entry.value.kind) {
      case Node::Kind::null:
        break;  // `key: null` is the same as omitting the key
      case Node::Kind::scalar:
        section.given[name] = {entry.value.value, entry.value.at, entry.key_at, entry.value.inherited};
        break;
      case Node::Kind::mapping:
        flatten(entry.value, name + ".", section, diagnostics);
        break;
      case Node::Kind::sequence:
        diagnostics.push_back(
            {entry.value.at,
             fmt::format("{}.{} takes one value; to sweep it, put the list under sweep.grid", section.section, name)});
        break;
    }
  }
}

}  // namespace

std::optional<Section> read_section(const Node& cell, const std::string& name, const std::vector<Selector>& selectors,
                                    Diagnostics& diagnostics) {
  std::vector<std::string> keys;
  keys.reserve(selectors.size());
  for (const Selector& selector : selectors) keys.push_back(selector.key);
  const Node* node = cell.find(name);
  if (node == nullptr || node->kind != Node::Kind::mapping) {
    diagnostics.push_back({node == nullptr ? cell.at : node->at,
                           fmt::format("{} is {}: give a mapping with {}", name,
                                       node == nullptr ? "missing" : "not a mapping", fmt::join(keys, " or "))});
    return std::nullopt;
  }
  Section section;
  section.section = name;
  section.at = node->at;
  flatten(*node, "", section, diagnostics);
  for (const Selector& selector : selectors) {
    const auto found = section.given.find(selector.key);
    if (found == section.given.end()) continue;
    if (!section.selector.empty()) {
      diagnostics.push_back(
          {found->second.key_at, fmt::format("{} takes either {}, not both", name, fmt::join(keys, " or "))});
      return std::nullopt;
    }
    const std::string text = to_text(found->second.value);
    if (std::find(selector.names.begin(), selector.names.end(), text) == selector.names.end()) {
      diagnostics.push_back(
          {found->second.at, fmt::format("there is no {} '{}'{}: {}", selector.key == "name" ? name : selector.key,
                                         text, suggestion(text, selector.names), fmt::join(selector.names, ", "))});
      return std::nullopt;
    }
    section.selector = selector.key;
    section.name = text;
  }
  if (section.selector.empty()) {
    diagnostics.push_back({section.at, fmt::format("{} does not say which: give {}", name, fmt::join(keys, " or "))});
    return std::nullopt;
  }
  section.given.erase(section.selector);
  return section;
}

}  // namespace pathquant
