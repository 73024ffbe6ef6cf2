// One trial of a layer too wide to be held: drawn, quantized and forgotten in chunks.
#pragma once

#include <optional>
#include <string>

#include "experiments/measure/layer_setup.hpp"

namespace pathquant {

/// Why this layer cannot be streamed, as the text of a diagnostic; absent where it can.
std::optional<std::string> why_not_streamed(const LayerSetup& setup);

/// One trial: an item of the content's list, {"record": .., "statistics": ..}.
template <class S>
nlohmann::json run_streamed(const LayerSetup& setup, std::int64_t trial, const ExecutionContext& execution);

}  // namespace pathquant
