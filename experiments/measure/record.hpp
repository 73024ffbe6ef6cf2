// The measured columns of a record, from the metrics of core: names and nulls, no formulas.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/facts/error_budget.hpp"
#include "core/layer/quantized_layer.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// The column that says why a measured column is null.
inline std::string reason_column(const std::string& column) {
  return column + "_reason";
}

nlohmann::json finite_or_null(double value);

/// Throws Skipped when XW = 0, std::runtime_error when an error is not finite.
void require_errors(const LayerMetrics& metrics);

/// levels, bits, rate, step, step_min, step_max: of the alphabet.
nlohmann::json levels_record(const QuantizerTraits& traits, const Alphabet& alphabet, LayerShape shape);
/// The same of a quantized layer, which may have sign planes instead.
template <class S>
nlohmann::json levels_record(const QuantizerTraits& traits, const Alphabet& alphabet, const QuantizedLayer<S>& result,
                             LayerShape shape);

void add_metrics(const LayerMetrics& metrics, std::int64_t clipped, const char* variant, LayerShape shape,
                 nlohmann::json& record);
void add_fresh_metrics(const FreshMetrics& metrics, nlohmann::json& record);
void add_budget(const ErrorBudget& budget, nlohmann::json& record);
/// `quantized`: Q, or as many of its rows as hold its largest levels.
void add_levels_used(const QuantizerTraits& traits, const Alphabet& alphabet, const RowMatrix<double>& quantized,
                     nlohmann::json& record);

}  // namespace pathquant
