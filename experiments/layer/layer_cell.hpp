// A cell of the layer experiment: one quantizer on one kind of layer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/inputs/input_law.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_law.hpp"
#include "experiments/experiment.hpp"

namespace pathquant {

enum class Precision { float32, float64 };

/// X of every trial: a law, its shape, and how far Xq is from it.
struct LayerInputs {
  std::shared_ptr<const InputLaw> law;
  Index samples = 0;
  Index width = 0;
  double mismatch = 0;  ///< standard deviation of the Gaussian noise Xq - X; 0: Xq = X
  nlohmann::json identity;

  /// The law of the columns of Xq.
  ColumnLaw column_law() const;
  bool random() const { return law->random(samples) || mismatch > 0; }
  /// X and, where they differ, Xq of one trial.
  std::pair<Matrix<double>, std::optional<Matrix<double>>> draw(const std::string& key,
                                                                const Interrupt& interrupt) const;
};

/// Everything of a cell that its trials share.
struct LayerSetup {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  LayerInputs inputs;
  std::shared_ptr<const WeightLaw> weights;
  Index neurons = 0;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const AlphabetRule> alphabet;  ///< null where the quantizer finds its levels itself
  nlohmann::json identity;
  std::vector<std::pair<std::string, nlohmann::ordered_json>> columns;

  LayerShape shape() const { return {inputs.samples, inputs.width, neurons}; }
};

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup);

}  // namespace pathquant
