// Draws without replacement: random subsets of which a smaller one is the beginning of a larger one.
#pragma once

#include <vector>

#include "core/random/stream.hpp"
#include "core/types.hpp"

namespace pathquant {

/// `count` different numbers from 0 .. population-1 in the order drawn. Every ordered choice is equally likely. A
/// smaller count gives the beginning of the same list. 0 <= count <= population. Uses row `row` of the stream.
std::vector<Index> draw_without_replacement(const Stream& stream, Index population, Index count, Index row = 0);

}  // namespace pathquant
