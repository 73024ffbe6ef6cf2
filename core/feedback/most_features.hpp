#pragma once

#include "core/types.hpp"

namespace pathquant {

/// The largest width N of what holds N x N numbers: 8 GiB in double precision.
inline constexpr Index most_features = 32768;

}  // namespace pathquant
