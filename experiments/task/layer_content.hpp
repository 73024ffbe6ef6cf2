// The content of a finished task: one record and its statistics for every layer that the task measured.
//
//   {"layers": [{"layer": L, "record": {measured columns}, "statistics": {..}}, ..]}
//
// L is null where the task is about a single layer, the layer's index from 0 in a network, and -1 for the network.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace pathquant {

/// The content of a task about a single layer. `layer` is {"record": .., "statistics": ..}.
inline nlohmann::json single_layer_content(nlohmann::json layer) {
  layer["layer"] = nullptr;
  nlohmann::json content;
  content["layers"] = nlohmann::json::array({std::move(layer)});
  return content;
}

}  // namespace pathquant
