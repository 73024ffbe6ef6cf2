#include "experiments/layer/precision.hpp"

#include <fmt/format.h>

namespace pathquant {

std::string precision_text(const Node& tree, Complaints& complaints) {
  const Node* node = tree.find("precision");
  std::string text = "float64";
  if (node != nullptr) text = node->kind == Node::Kind::scalar ? to_text(node->value) : "?";
  if (node != nullptr && text != "float64" && text != "float32")
    complaints.push_back({node->at, fmt::format("precision must be float64 or float32, not {}", text)});
  return text;
}

}  // namespace pathquant
