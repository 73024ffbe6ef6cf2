// Student's t from normals: heavy tails without a transcendental function of libm.
//
//   symbol         meaning
//   d              degrees of freedom, an integer
//   z, h_1 .. h_d  independent standard normals
//   T              z / sqrt((h_1^2 + .. + h_d^2) / d)
//
// The definition itself (Student 1908; a quotient of a normal and an independent root mean square).
#pragma once

#include "core/random/stream.hpp"

namespace pathquant {

/// The largest number of degrees of freedom.
inline constexpr Index most_degrees = 100;

/// The largest count of student_t(): every element has d + 1 positions of its row, of which a stream has 2^33.
Index most_student_t(Index degrees);

/// out[i] = T of element i of `row`, which owns positions (d + 1) i .. (d + 1) i + d of that row's normals (z first),
/// so fewer elements are the beginning of more. Throws std::invalid_argument unless 1 <= degrees <= most_degrees, row
/// >= 0 and 0 <= count <= most_student_t(degrees).
void student_t(const Stream& stream, Index row, Index count, Index degrees, double* out);

}  // namespace pathquant
