#include "core/sign_planes/plane_scales.hpp"

#include <algorithm>

namespace pathquant {

template <class S>
void fold(std::span<const S> x, const PlaneScales<S>& scales, S* q) {
  // Process chunks of numbers plane by plane: each step is a loop without branches, which the compiler vectorises.
  constexpr std::size_t chunk = 64;
  S rest[chunk];
  S sum[chunk];
  for (std::size_t first = 0; first < x.size(); first += chunk) {
    const std::size_t count = std::min(chunk, x.size() - first);
    std::copy_n(x.data() + first, count, rest);
    std::fill_n(rest + count, chunk - count, S(0));
    std::fill_n(sum, chunk, S(0));
    for (const S scale : scales)
      for (std::size_t i = 0; i < chunk; ++i) {
        const S signed_scale = rest[i] >= 0 ? scale : -scale;
        rest[i] -= signed_scale;
        sum[i] += signed_scale;
      }
    std::copy_n(sum, count, q + first);
  }
}

template void fold(std::span<const float>, const PlaneScales<float>&, float*);
template void fold(std::span<const double>, const PlaneScales<double>&, double*);

}  // namespace pathquant
