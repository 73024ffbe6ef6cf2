// Dataset distribution: inputs from a data set that is known by name.
#pragma once

#include "core/inputs/input_distribution.hpp"

namespace pathquant {

/// Registry entry for the data set `description.name` of core/data/datasets.hpp. Adds the parameters `split`,
/// `fresh.split`, `features` and those of patches (patch_source.hpp); `kernel` makes X of patches of the images.
InputEntry dataset_entry(Description description);

}  // namespace pathquant
