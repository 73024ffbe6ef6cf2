// Draws of random decisions in the form of each precision: a 32-bit word in single precision, a uniform number on [0,
// 1) in double precision (core/kernels/level_kernels.hpp, Draw).
#pragma once

#include "core/random/stream.hpp"

namespace pathquant {

/// Draws out[i] from position first + i of row `feature`.
inline void draw(const Stream& stream, Index feature, Index first, Index count, std::uint32_t* out) {
  stream.words(feature, first, count, out);
}
inline void draw(const Stream& stream, Index feature, Index first, Index count, double* out) {
  stream.uniforms(feature, first, count, out);
}

/// Draws positions 0 .. count - 1 of `rows` rows, one row after another. Fastest where rows are whole blocks.
inline void draw_rows(const Stream& stream, Index feature, Index rows, Index count, std::uint32_t* out) {
  stream.words_of_rows(feature, rows, count, out);
}
inline void draw_rows(const Stream& stream, Index feature, Index rows, Index count, double* out) {
  stream.uniforms_of_rows(feature, rows, count, out);
}
/// Rounds `count` up to whole blocks of words.
inline Index whole_blocks(Index count) {
  return (count + 3) / 4 * 4;
}

}  // namespace pathquant
