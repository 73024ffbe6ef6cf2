#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "experiments/config/config.hpp"

namespace pathquant {
namespace {

// Splits a dotted key. A key with an empty part is not split, because it is unknown in any case.
std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t end = std::min(key.find('.', start), key.size());
    if (end == start) return {key};
    parts.push_back(key.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

class FullKeys {
 public:
  explicit FullKeys(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // Expands every key below the node at `path`.
  Node written(const Node& node, const std::string& path) {
    Node full = node;
    full.entries.clear();
    for (Node& item : full.items) item = written(item, path);
    for (const Entry& entry : node.entries)
      put(full, parts_of(entry.key),
          {path + "." + entry.key, entry.key_at, written(entry.value, path + "." + entry.key)});
    return full;
  }

  // Sets the entry, whose key is for messages only, at `parts` below `mapping`. Mappings are merged; any other value
  // may be given only once.
  void put(Node& mapping, std::span<const std::string> parts, Entry entry) {
    const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(),
                                    [&](const Entry& other) { return other.key == parts.front(); });
    if (found == mapping.entries.end() || found->value.kind == Node::Kind::null) {
      Entry fresh{parts.front(), entry.key_at, Node{}};
      fresh.value.at = entry.value.at;
      if (parts.size() == 1) {
        fresh.value = std::move(entry.value);
      } else {
        fresh.value.kind = Node::Kind::mapping;
        put(fresh.value, parts.subspan(1), std::move(entry));
      }
      if (found == mapping.entries.end())
        mapping.entries.push_back(std::move(fresh));
      else
        *found = std::move(fresh);
      return;
    }
    if (parts.size() == 1 && entry.value.kind == Node::Kind::null) return;
    const bool unite =
        found->value.kind == Node::Kind::mapping && (parts.size() > 1 || entry.value.kind == Node::Kind::mapping);
    if (!unite) {
      diagnostics_.push_back(
          {entry.key_at, fmt::format("{} is given twice (also at {})", entry.key, to_text(found->key_at))});
    } else if (parts.size() > 1) {
      put(found->value, parts.subspan(1), std::move(entry));
    } else {
      for (const Entry& inner : entry.value.entries)
        put(found->value, std::span(&inner.key, 1), {entry.key + "." + inner.key, inner.key_at, inner.value});
    }
  }

 private:
  Diagnostics& diagnostics_;
};

}  // namespace

Node keys_in_full(const Node& value, const std::string& path, Diagnostics& diagnostics) {
  return FullKeys(diagnostics).written(value, path);
}

void write_keys_in_full(Node& document, Diagnostics& diagnostics) {
  FullKeys keys(diagnostics);
  Node full = document;
  full.entries.clear();
  for (const Entry& entry : document.entries) {
    const std::string path = full_path(entry.key);
    const std::vector<std::string> parts = parts_of(path);
    const bool section = parts.front() != "sweep" && parts.front() != "plot" && parts.front() != "bounds";
    keys.put(full, parts, {entry.key, entry.key_at, section ? keys.written(entry.value, path) : entry.value});
  }
  document = std::move(full);
  // The axes keep their dotted keys; their values may be mappings.
  for (Node* block : blocks_of(document))
    for (Entry& part : block->entries) {
      const auto values_in_full = [&](Entry& axis) { axis.value = keys.written(axis.value, full_path(axis.key)); };
      for (Entry& axis : part.value.entries) values_in_full(axis);
      for (Node& exclusion : part.value.items)
        for (Entry& axis : exclusion.entries) values_in_full(axis);
    }
}

}  // namespace pathquant
