// What random decisions draw, in the form of their precision: a word of 32 bits in single, a uniform number on [0, 1)
// in double precision (core/kernels/level_kernels.hpp, Draw).
#pragma once

#include "core/random/stream.hpp"

namespace pathquant {

/// Position first + i of row `feature` goes to out[i].
inline void draw(const Stream& stream, Index feature, Index first, Index count, std::uint32_t* out) {
  stream.words(feature, first, count, out);
}
inline void draw(const Stream& stream, Index feature, Index first, Index count, double* out) {
  stream.uniforms(feature, first, count, out);
}

/// Positions 0 .. count - 1 of so many rows, one row after another; fastest where rows are whole blocks.
inline void draw_rows(const Stream& stream, Index feature, Index rows, Index count, std::uint32_t* out) {
  stream.words_of_rows(feature, rows, count, out);
}
inline void draw_rows(const Stream& stream, Index feature, Index rows, Index count, double* out) {
  stream.uniforms_of_rows(feature, rows, count, out);
}
/// `count` filled up to whole blocks of words.
inline Index whole_blocks(Index count) {
  return (count + 3) / 4 * 4;
}

}  // namespace pathquant
