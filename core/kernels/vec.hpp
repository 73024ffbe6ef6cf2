// The vectors that the kernels are written in. Each build includes, inside its namespace, this declaration and those of
// the specialisations that its instruction set has; a kernel is a template over the vector and so the same everywhere.
//
//   Vec<S, B>::lanes        numbers in B bytes
//   load, store, all        unaligned; one number in every lane
//   + - * /, fma            rounded once, as IEEE 754 has it
//   floor, abs, copysign, sqrt
//   min_or_nan(bound, a)    min(bound, a), a NaN where a is one; max_or_nan the same
//   less, at_most, differ   masks; false where a number is a NaN; is_nan: true there
//   select                  by a mask, lane by lane the one or the other
//   bits                    a mask as an integer, lane 0 lowest
//   sum                     of the lanes: the upper half added to the lower one, until one is left;
//                           sums(rows): sum of row l in lane l, for as many rows as lanes (32 bytes);
//                           half: the first such step; join(low, high): its halves (64 bytes)
//   columns(rows, at, out)  out_i holds number at + i of each row, row l in lane l, for i < lanes
//   drawn_below(draws, f)   goes_up(f, draw) of core/decision/levels.hpp, lane by lane
//
//   Words<B>                words of 32 bits in B bytes; + - ^ &, left and right by a number of bits, lane by lane
//   product, upper, join    of pairs of lanes: the 64-bit product of the even ones, its lower half first; the odd one,
//                           moved to the even; the even ones of both, the second moved to the odd
//   exclusive(a, b, c)      a ^ b ^ c; exclusive_part(a, b, mask): a ^ (b & mask)
//   signed_right, has       a shift to the right that keeps the sign; a mask, whether a bit is set
//   unsigned_number, signed_number    the integer, rounded to single precision; bits_of, number_of: the same bits
//   load, store             unaligned
//   store_in_turn           the bits of a_0 b_0 c_0 d_0 a_1 b_1 .., of whatever type they are
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/random/bernoulli.hpp"
