#include "experiments/config/precision.hpp"

#include <fmt/format.h>

namespace pathquant {

const char* to_text(Precision precision) {
  return precision == Precision::float32 ? "float32" : "float64";
}

Precision read_precision(const Node& tree, Diagnostics& diagnostics) {
  const Node* node = tree.find("precision");
  if (node == nullptr) return Precision::float64;
  const std::string text = node->kind == Node::Kind::scalar ? to_text(node->value) : "?";
  for (const Precision precision : {Precision::float32, Precision::float64})
    if (text == to_text(precision)) return precision;
  diagnostics.push_back({node->at, fmt::format("precision must be float64 or float32, not {}", text)});
  return Precision::float64;
}

}  // namespace pathquant
