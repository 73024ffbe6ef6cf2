// One layer quantized and judged: what a record of the layer experiment, and the report of `quantize`, are made of.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/inputs/second_moment.hpp"
#include "core/metrics/metrics.hpp"
#include "core/path_following/streaming.hpp"
#include "core/quantizers/quantizer.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

/// What is measured on request, for it costs as much as the quantizer or more: `measure` in a config.
struct ExtraMeasurements {
  bool max_abs_error = false;  ///< also where U is not formed otherwise (core/metrics/metrics.hpp)
  bool error_budget = false;
  bool row_space_error = false;
};

/// Fresh rows as the float and, where it differs, the quantized network see them.
template <class S>
struct FreshRows {
  Matrix<S> inputs;
  std::optional<Matrix<S>> quantized_inputs = {};
  std::optional<SecondMoment> moment = {};  ///< of a row, where it is known
};

/// How one trial is measured.
template <class S>
struct Measuring {
  std::string key;                  ///< seed and trial, for the streams of what is drawn to measure with
  std::string direction_key;        ///< the same for the direction, which trials with the same X share
  std::vector<double> signal = {};  ///< signal_energies() of the layer
  ExtraMeasurements extra = {};
  std::optional<FreshRows<S>> fresh = {};
};

/// The column that says why a measured column is null.
inline std::string reason_column(const std::string& column) {
  return column + "_reason";
}

/// The measured columns and the stored statistics of one quantized layer: {"record": .., "statistics": ..}.
/// Throws Skipped when XW = 0 (no relative error exists), std::runtime_error when an error is not finite.
template <class S>
nlohmann::json evaluate(const LayerProblem<S>& problem, const QuantizerTraits& traits, const Alphabet& alphabet,
                        const QuantizedLayer<S>& result, const Measuring<S>& measuring,
                        const ExecutionContext& execution);

/// The same of a layer that was streamed. Errors are those of the state as it was carried along, in the layer's
/// precision.
nlohmann::json evaluate_streamed(const StreamedSums& sums, LayerShape shape, const QuantizerTraits& traits,
                                 const Alphabet& alphabet, const std::string& direction_key);

}  // namespace pathquant
