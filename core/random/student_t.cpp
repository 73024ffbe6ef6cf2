#include "core/random/student_t.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace pathquant {

Index most_student_t(Index degrees) {
  constexpr Index positions = Index{1} << 33;
  return positions / (degrees + 1);
}

void student_t(const Stream& stream, Index row, Index count, Index degrees, double* out) {
  if (degrees < 1 || degrees > most_degrees)
    throw std::invalid_argument(fmt::format("degrees must be from 1 to {}, not {}", most_degrees, degrees));
  if (count < 0 || count > most_student_t(degrees))
    throw std::invalid_argument(fmt::format("a row has at most {} draws of Student's t with {} degrees, not {}",
                                            most_student_t(degrees), degrees, count));
  constexpr Index tile = 256;  // elements whose normals are held in memory at a time
  const Index each = degrees + 1;
  std::vector<double> normals(static_cast<std::size_t>(std::min(tile, count) * each));
  for (Index first = 0; first < count; first += tile) {
    const Index elements = std::min(tile, count - first);
    stream.normals(row, first * each, elements * each, normals.data());
    const double* next = normals.data();
    for (Index i = first; i < first + elements; ++i) {
      const double z = *next++;
      double chi_squared = 0;
      for (Index k = 0; k < degrees; ++k, ++next) chi_squared += *next * *next;
      // chi_squared is never 0, because no normal of a stream is 0 (stream.hpp: r > 0, cosine and sine are never 0).
      out[i] = z / std::sqrt(chi_squared / static_cast<double>(degrees));
    }
  }
}

}  // namespace pathquant
