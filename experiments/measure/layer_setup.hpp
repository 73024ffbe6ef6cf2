// The specification of one layer of a cell: precision, inputs, weights, quantizer and alphabet, as read from a config.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/measure/evaluation.hpp"
#include "experiments/measure/layer_inputs.hpp"

namespace pathquant {

/// Everything of a cell that its trials share.
struct LayerSetup {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  LayerInputs inputs;
  std::shared_ptr<const WeightDistribution> weights;
  Index neurons = 0;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const AlphabetRule> alphabet;  ///< null where the quantizer finds its levels itself
  ExtraMeasurements extra;
  nlohmann::json identity;
  std::string untrusted;  ///< what of it the program was not built with; empty: nothing
  std::vector<std::pair<std::string, nlohmann::ordered_json>> columns;

  LayerShape shape() const { return {inputs.samples, inputs.width, neurons}; }
};

}  // namespace pathquant
