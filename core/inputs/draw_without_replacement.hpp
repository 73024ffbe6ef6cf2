// Random subsets whose smaller ones begin the larger ones.
#pragma once

#include <vector>

#include "core/random/stream.hpp"
#include "core/types.hpp"

namespace pathquant {

/// `count` different numbers out of 0 .. population-1 in the order drawn: every ordered choice is equally likely, and a
/// smaller count gives the beginning of the same list. 0 <= count <= population. Uses row `row` of the stream.
std::vector<Index> draw_without_replacement(const Stream& stream, Index population, Index count, Index row = 0);

}  // namespace pathquant
