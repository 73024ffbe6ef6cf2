// Fresh rows for laws whose columns are normal ones scaled to fit a sphere: X_t = s_t (g_1 .. g_m), where s_t depends
// on all of g. A fresh row has new normals under the same scales, as a feature that was scaled on calibration data has
// them on new data: given X's scales its entries are N(0, s_t^2), all independent.
#pragma once

#include <utility>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

class ScaledNormals : public InputSource {
 public:
  /// `scales` of all columns; row t of the stream holds the normals of column t.
  ScaledNormals(Stream stream, std::vector<double> scales, Index samples)
      : stream_(stream), scales_(std::move(scales)), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += samples_) {
      stream_.normals(t, 0, samples_, out);
      for (Index i = 0; i < samples_; ++i) out[i] *= scales_[static_cast<std::size_t>(t)];
    }
  }

 private:
  Stream stream_;
  std::vector<double> scales_;
  Index samples_;
};

/// Column t of X is `radius` times its normals over the norm of the first `normals` of them.
inline std::vector<double> column_scales(const Stream& stream, double radius, Index normals, Index width) {
  std::vector<double> g(static_cast<std::size_t>(normals));
  std::vector<double> scales(static_cast<std::size_t>(width));
  for (Index t = 0; t < width; ++t) {
    stream.normals(t, 0, normals, g.data());
    double square = 0;
    for (const double coordinate : g) square += coordinate * coordinate;
    // Never 0: the normals of a stream are not.
    scales[static_cast<std::size_t>(t)] = radius / std::sqrt(square);
  }
  return scales;
}

inline SecondMoment scaled_moment(const std::vector<double>& scales) {
  return {Eigen::Map<const Vector>(scales.data(), static_cast<Index>(scales.size())).cwiseAbs2()};
}

}  // namespace pathquant
