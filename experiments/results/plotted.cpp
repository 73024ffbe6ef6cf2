#include "experiments/results/plotted.hpp"

#include <algorithm>

namespace pathquant {

std::vector<std::string> plotted_columns(const Node& plot, const std::string& key) {
  const Node* node = plot.find(key);
  if (node == nullptr) return {};
  const std::vector<Node> items = node->kind == Node::Kind::sequence ? node->items : std::vector{*node};
  std::vector<std::string> columns;
  for (const Node& item : items) {
    const auto* name = item.kind == Node::Kind::scalar ? std::get_if<std::string>(&item.value) : nullptr;
    if (name == nullptr) continue;
    columns.push_back(*name);
    std::replace(columns.back().begin(), columns.back().end(), '.', '_');
  }
  return columns;
}

}  // namespace pathquant
