#include <algorithm>

#include "experiments/config/config.hpp"

namespace pathquant {
namespace {

Node empty_mapping(const Position& at) {
  Node node;
  node.kind = Node::Kind::mapping;
  node.at = at;
  return node;
}

Node& child(Node& mapping, const std::string& key, const Position& at) {
  for (Entry& entry : mapping.entries)
    if (entry.key == key) return entry.value;
  return mapping.entries.emplace_back(Entry{key, at, empty_mapping(at)}).value;
}

bool holds_axes(const Entry& entry) {
  return (entry.key == "grid" || entry.key == "zip") && entry.value.kind == Node::Kind::mapping;
}

// Removes the axis of this path from the block, together with a grid or zip that it leaves empty.
void remove_axis(Node& block, const std::string& path) {
  const auto is_it = [&](const Entry& axis) { return full_path(axis.key) == path; };
  std::erase_if(block.entries, [&](const Entry& entry) {
    return holds_axes(entry) && entry.value.entries.size() == 1 && is_it(entry.value.entries.front());
  });
  for (Entry& entry : block.entries)
    if (holds_axes(entry)) std::erase_if(entry.value.entries, is_it);
}

void override_once(Node& document, const std::string& path, const Node& value) {
  for (Node* block : blocks_of(document)) {
    remove_axis(*block, path);
    for (Entry& entry : block->entries) {
      if (!holds_axes(entry)) continue;
      for (Entry& axis : entry.value.entries) {
        const std::string above = full_path(axis.key) + ".";
        if (!path.starts_with(above)) continue;
        for (Node& choice : axis.value.items) assign(choice, path.substr(above.size()), value);
      }
    }
  }
  // The key `name` is the config's name, not a quantizer's.
  if (path == "name")
    child(document, path, value.at) = value;
  else
    assign(document, path, value);
}

void override_with_axis(Node& document, const std::string& path, const Node& list) {
  if (blocks_of(document).empty()) assign(document, "sweep", empty_mapping(list.at));
  for (Node* block : blocks_of(document)) {
    if (block->kind != Node::Kind::mapping) continue;
    for (Entry& entry : block->entries)
      if (entry.key == "zip")
        std::erase_if(entry.value.entries, [&](const Entry& axis) { return full_path(axis.key) == path; });
    Node& grid = child(*block, "grid", list.at);
    const auto same = std::find_if(grid.entries.begin(), grid.entries.end(),
                                   [&](const Entry& e) { return full_path(e.key) == path; });
    if (same != grid.entries.end())
      *same = Entry{path, list.at, list};
    else
      grid.entries.push_back({path, list.at, list});
  }
}

}  // namespace

std::vector<Node*> blocks_of(Node& document) {
  for (Entry& entry : document.entries) {
    if (entry.key != "sweep") continue;
    if (entry.value.kind == Node::Kind::mapping) return {&entry.value};
    std::vector<Node*> blocks;
    for (Node& block : entry.value.items) blocks.push_back(&block);
    return blocks;
  }
  return {};
}

void apply_override(Node& document, const Override& change) {
  const std::string path = full_path(change.path);
  Diagnostics diagnostics;
  const Node value =
      keys_in_full(parse_command_line_value(change.value, "command line: " + change.path), path, diagnostics);
  if (!diagnostics.empty()) throw ConfigError(std::move(diagnostics));
  const bool list = value.kind == Node::Kind::sequence;
  if (list && path != "bounds" && path != "measure" && path != "plugins" && !path.starts_with("plot."))
    override_with_axis(document, path, value);
  else
    override_once(document, path, value);
}

}  // namespace pathquant
