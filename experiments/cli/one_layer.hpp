// What `quantize` and `audit` share: a layer in the user's files, a quantizer that is named for it, and how a Q of it
// is judged.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/data/npy.hpp"
#include "core/quantizers/quantizer.hpp"
#include "experiments/config/config.hpp"
#include "experiments/measure/measure_layer.hpp"

namespace pathquant::cli {

/// What the user's files hold, each read when it is first asked for: a wrong word is told without them.
class LayerFiles {
 public:
  LayerFiles(std::filesystem::path weights, std::optional<std::filesystem::path> inputs,
             std::optional<std::filesystem::path> quantized_inputs);

  const NpyArray<RowMatrix<double>>& weights();
  const std::optional<Matrix<double>>& inputs();
  const std::optional<Matrix<double>>& quantized_inputs();
  /// In this precision. Throws UsageError where there is Xq and no X.
  template <class S>
  LayerProblem<S> problem();

 private:
  std::filesystem::path weights_file_;
  std::optional<std::filesystem::path> inputs_file_, quantized_inputs_file_;
  std::optional<NpyArray<RowMatrix<double>>> weights_;
  std::optional<Matrix<double>> inputs_, quantized_inputs_;
};

/// A quantizer with its parameters, and what is said beside them: precision, seed, layer, probability.
struct NamedQuantizer {
  const QuantizerEntry* entry = nullptr;  ///< null: none is named
  std::shared_ptr<const Quantizer> quantizer;
  std::optional<AlphabetRule> alphabet;  ///< none where the quantizer finds its levels itself
  Parameters general;
  Parameters parameters;

  /// Of the streams of this seed and layer.
  LayerKey key() const;
};

/// Throws ConfigError with all that is wrong. Without a name, `given` may hold the general parameters only.
NamedQuantizer read_quantizer(const std::optional<std::string>& name, const std::vector<Override>& given,
                              LayerFiles& files);

/// Q as this quantizer makes it, and the alphabet that it was given. Throws UsageError where it needs inputs.
template <class S>
LayerQ<S> quantized(const NamedQuantizer& named, const LayerProblem<S>& problem);

/// The arithmetic's: what is said, otherwise that of W.
bool is_float32(const NamedQuantizer& named, LayerFiles& files);

/// Everything measured of Q, by the names that records have, and under "bounds" every line that applies to any data.
template <class S>
nlohmann::ordered_json judged(const LayerProblem<S>& problem, const QuantizerTraits& traits, const LayerQ<S>& quantized,
                              double quantizer_cost, const NamedQuantizer& named);

/// The measured numbers and the lines, as tables.
void print_judgement(const nlohmann::ordered_json& report);

}  // namespace pathquant::cli
