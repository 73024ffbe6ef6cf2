#include "experiments/results/plotted.hpp"

#include <algorithm>

namespace pathquant {

namespace {

std::vector<Node> items_of(const Node* node) {
  if (node == nullptr) return {};
  return node->kind == Node::Kind::sequence ? node->items : std::vector{*node};
}

}  // namespace

std::vector<std::string> plotted_columns(const Node& plot, const std::string& key) {
  std::vector<Node> items = items_of(plot.find(key));
  for (const Node& panel : items_of(plot.find("panels")))
    if (const Node* own = panel.find(key)) items.push_back(*own);
  std::vector<std::string> columns;
  for (const Node& item : items) {
    const auto* name = item.kind == Node::Kind::scalar ? std::get_if<std::string>(&item.value) : nullptr;
    if (name == nullptr) continue;
    std::string column = *name;
    std::replace(column.begin(), column.end(), '.', '_');
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace pathquant
