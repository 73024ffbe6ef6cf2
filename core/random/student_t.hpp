// Student's t draws from standard normals: a heavy-tailed distribution without a transcendental function of libm.
//
//   symbol         meaning
//   d              degrees of freedom, an integer
//   z, h_1 .. h_d  independent standard normals
//   T              z / sqrt((h_1^2 + .. + h_d^2) / d)
//
// Source: the definition of the distribution (Student 1908), a normal over an independent root mean square.
#pragma once

#include "core/random/stream.hpp"

namespace pathquant {

/// Upper limit of the degrees of freedom.
inline constexpr Index most_degrees = 100;

/// The largest count that student_t() accepts: every element takes d + 1 of the 2^33 positions of a row.
Index most_student_t(Index degrees);

/// out[i] = T of element i of `row`. Element i takes positions (d + 1) i .. (d + 1) i + d of the row's normals, z
/// first, so a smaller count gives the beginning of the same draws. Throws std::invalid_argument unless
/// 1 <= degrees <= most_degrees, row >= 0 and 0 <= count <= most_student_t(degrees).
void student_t(const Stream& stream, Index row, Index count, Index degrees, double* out);

}  // namespace pathquant
