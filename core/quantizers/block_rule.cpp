#include "core/quantizers/block_rule.hpp"

#include <algorithm>
#include <stdexcept>

namespace pathquant {

const ParameterTable& BlockRule::parameters() {
  static const ParameterTable table = {
      word("granularity", {"neuron", "layer", "group"},
           "which weights share their scales: those of a neuron (an output channel), all, or each group of a neuron's "
           "weights")
          .defaults_to("neuron"),
      integer("group",
              "with granularity group: how many consecutive weights of a neuron share their scales; the last "
              "group of a neuron may have fewer")
          .at_least(1)
          .at_most(1e12)};
  return table;
}

BlockRule::BlockRule(const Parameters& parameters) : whole_layer_(parameters.is("granularity", "layer")) {
  if (parameters.is("granularity", "group") != parameters.has("group"))
    throw std::invalid_argument(
        "granularity group and group go together: the number of weights that share their scales");
  if (parameters.has("group")) group_ = parameters.integer("group");
}

WeightBlocks BlockRule::blocks(LayerShape shape) const {
  return {shape.width, shape.neurons, std::min(group_.value_or(shape.width), shape.width), whole_layer_};
}

}  // namespace pathquant
