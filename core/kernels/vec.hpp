// SIMD vector types of the kernels. Each build includes, inside its namespace, this declaration and the specialisations
// for its instruction set. A kernel is a template over the vector type and so the same in every build.
//
//   Vec<S, B>::lanes        numbers in B bytes
//   load, store             unaligned
//   all                     one number in every lane
//   + - * /, fma            rounded once, as in IEEE 754
//   floor, abs, copysign, sqrt
//   min_or_nan(bound, a)    min(bound, a); NaN where a is NaN. max_or_nan likewise
//   less, at_most, differ   masks; false where a number is NaN. is_nan: true there
//   select                  one of two vectors lane by lane, by a mask
//   bits                    a mask as an integer, lane 0 lowest
//   sum                     sum of the lanes: the upper half is added to the lower one until one number remains;
//                           sums(rows): sum of row l in lane l, for as many rows as lanes (32 bytes);
//                           half: the first such step; join(low, high): its halves (64 bytes)
//   columns(rows, at, out)  out_i holds number at + i of each row, row l in lane l, for i < lanes
//   drawn_below(draws, f)   goes_up(f, draw) of core/random/bernoulli.hpp, lane by lane
//
//   Words<B>                32-bit words in B bytes; + - ^ &, left and right shifts by a number of bits, lane by lane
//   product                 of each pair of lanes: the 64-bit product of the even ones, lower half first
//   upper, join             the odd lane of a pair, moved to the even; the even lanes of two, the second moved to odd
//   exclusive(a, b, c)      a ^ b ^ c; exclusive_part(a, b, mask): a ^ (b & mask)
//   signed_right, has       a right shift that keeps the sign; a mask of the lanes where a bit is set
//   unsigned_number         the integer, rounded to single precision; signed_number likewise
//   bits_of, number_of      conversions that keep the bits
//   load, store             unaligned
//   store_in_turn           stores the bits of a_0 b_0 c_0 d_0 a_1 b_1 .., of any type
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/random/bernoulli.hpp"
