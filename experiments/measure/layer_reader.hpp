// What every experiment on one layer reads of a cell: precision, inputs, weights and quantizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "experiments/measure/layer_setup.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

/// What `inputs` and `weights` take beside the parameters of their laws.
const ParameterTable& layer_input_shape();
const ParameterTable& layer_weight_shape();

/// Everything but `extra`; the identity is that of the sections, without the experiment's name. The cell may have
/// `further_keys` beside the sections. Absent after a diagnostic; diagnostics are of all sections.
std::optional<LayerSetup> read_layer(const CellRequest& request, const std::vector<std::string>& further_keys,
                                     Diagnostics& diagnostics);

}  // namespace pathquant
