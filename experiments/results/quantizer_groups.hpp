// Which cells of a sweep differ in nothing but the quantizer, and what the quantizers are called.
#pragma once

#include <string>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/series.hpp"

namespace pathquant {

struct QuantizerGroups {
  std::vector<std::string> names;  ///< of every cell's quantizer: its name and the choices in which it differs
  std::vector<Group> groups;       ///< cells that agree in all but the quantizer
};

/// Cells of a group agree in every column but those of the quantizer itself; also in the alphabet and in the
/// quantizers' real numbers (thresholds), unless these come with the quantizer: one value for each.
QuantizerGroups quantizer_groups(const std::vector<MeasuredCell>& cells);

}  // namespace pathquant
