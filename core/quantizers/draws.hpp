// What random decisions draw, in the form of their precision: a word of 32 bits in single, a uniform number on [0, 1)
// in double precision (core/kernels/level_kernels.hpp, Draw). Position first + i of row `feature` goes to out[i].
#pragma once

#include "core/random/stream.hpp"

namespace pathquant {

inline void draw(const Stream& stream, Index feature, Index first, Index count, std::uint32_t* out) {
  stream.words(feature, first, count, out);
}
inline void draw(const Stream& stream, Index feature, Index first, Index count, double* out) {
  stream.uniforms(feature, first, count, out);
}

}  // namespace pathquant
