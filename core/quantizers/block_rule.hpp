// The parameters `granularity` and `group` of quantizers that find scales of their own: which weights share them.
#pragma once

#include "core/parameters.hpp"
#include "core/sign_planes/scaled_planes.hpp"

namespace pathquant {

class BlockRule {
 public:
  static const ParameterTable& parameters();
  /// Throws std::invalid_argument when the parameters contradict each other; the text is the rule.
  explicit BlockRule(const Parameters& parameters);

  WeightBlocks blocks(LayerShape shape) const;

 private:
  bool whole_layer_ = false;
  std::optional<Index> group_;
};

}  // namespace pathquant
