// The input law of a data set that is known by name.
#pragma once

#include "core/inputs/input_distribution.hpp"

namespace pathquant {

/// The entry for the data set `description.name` of core/data/datasets.hpp; adds its parameters:
/// `split`, `features`, and those of patches (patch_source.hpp), of which `kernel` turns images into patches.
InputEntry dataset_entry(Description description);

}  // namespace pathquant
