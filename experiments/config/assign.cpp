// Assignment in a config tree: sets and merges values at dotted paths.
#include <algorithm>
#include <array>

#include "experiments/config/config.hpp"

namespace pathquant {
namespace {

constexpr std::array<std::string_view, 3> selectors = {"name", "distribution", "dataset"};

bool is_selector(std::string_view key) {
  return std::find(selectors.begin(), selectors.end(), key) != selectors.end();
}

Entry* find_entry(Node& mapping, std::string_view key) {
  const auto found =
      std::find_if(mapping.entries.begin(), mapping.entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == mapping.entries.end() ? nullptr : &*found;
}

void mark_inherited(Node& node) {
  node.inherited = true;
  for (Entry& entry : node.entries) mark_inherited(entry.value);
}

// Whether `incoming` names another quantizer, distribution or data set than `present`.
bool names_another(const Node& present, const Node& incoming) {
  return std::any_of(incoming.entries.begin(), incoming.entries.end(), [&](const Entry& entry) {
    if (!is_selector(entry.key)) return false;
    const Node* before = present.find(entry.key);
    return before == nullptr || before->kind != Node::Kind::scalar || before->value != entry.value.value;
  });
}

void merge(Node& present, const Node& incoming) {
  if (present.kind != Node::Kind::mapping || incoming.kind != Node::Kind::mapping) {
    present = incoming;
    return;
  }
  if (names_another(present, incoming)) {
    std::erase_if(present.entries, [](const Entry& entry) { return is_selector(entry.key); });
    for (Entry& entry : present.entries) mark_inherited(entry.value);
  }
  present.at = incoming.at;
  present.inherited = false;
  for (const Entry& entry : incoming.entries) {
    if (Entry* before = find_entry(present, entry.key)) {
      before->key_at = entry.key_at;
      merge(before->value, entry.value);
    } else {
      present.entries.push_back(entry);
    }
  }
}

}  // namespace

void assign(Node& root, const std::string& path, const Node& value) {
  Node* node = &root;
  std::size_t start = 0;
  while (true) {
    const std::size_t dot = path.find('.', start);
    const std::string key = path.substr(start, dot == std::string::npos ? dot : dot - start);
    if (node->kind != Node::Kind::mapping) {
      node->kind = Node::Kind::mapping;
      node->at = value.at;
    }
    node->inherited = false;
    Entry* entry = find_entry(*node, key);
    if (dot == std::string::npos && is_selector(key)) {
      Node naming;
      naming.kind = Node::Kind::mapping;
      naming.at = node->at;
      naming.entries.push_back({key, value.at, value});
      return merge(*node, naming);
    }
    if (entry == nullptr) entry = &node->entries.emplace_back(Entry{key, value.at, Node{}});
    if (dot == std::string::npos) {
      entry->key_at = value.at;
      return merge(entry->value, value);
    }
    node = &entry->value;
    start = dot + 1;
  }
}

std::string full_path(std::string_view path) {
  if (path == "width" || path == "samples") return "inputs." + std::string(path);
  if (path == "neurons") return "weights.neurons";
  return std::string(path);
}

std::string column_name(std::string_view path) {
  for (const char* name : {"width", "samples", "neurons"})
    if (path == full_path(name)) return name;
  std::string column(path);
  std::replace(column.begin(), column.end(), '.', '_');
  return column;
}

nlohmann::ordered_json to_json_tree(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return std::visit([](const auto& value) { return nlohmann::ordered_json(value); }, node.value);
    case Node::Kind::sequence: {
      auto list = nlohmann::ordered_json::array();
      for (const Node& item : node.items) list.push_back(to_json_tree(item));
      return list;
    }
    case Node::Kind::mapping:
      break;
  }
  auto object = nlohmann::ordered_json::object();
  for (const Entry& entry : node.entries) object[entry.key] = to_json_tree(entry.value);
  return object;
}

}  // namespace pathquant
