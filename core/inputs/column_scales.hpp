// Column scales: fresh rows for distributions whose columns are normal vectors scaled to a sphere or ball.
//
//   symbol  meaning
//   g       independent standard normals of a column
//   s_t     scale of column t, which depends on all of g
//   X_t     s_t (g_1 .. g_m)
//
// A fresh row has new normals and the same scales, like a feature that was normalised on calibration data. Given X's
// scales its entries are independent N(0, s_t^2).
#pragma once

#include <utility>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

class ScaledNormals : public InputSource {
 public:
  /// `scales` has one entry for each column. Row t of the stream holds the normals of column t.
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

/// Scales of all columns: `radius` over the norm of the first `normals` normals of the column.
inline std::vector<double> column_scales(const Stream& stream, double radius, Index normals, Index width) {
  std::vector<double> g(static_cast<std::size_t>(normals));
  std::vector<double> scales(static_cast<std::size_t>(width));
  for (Index t = 0; t < width; ++t) {
    stream.normals(t, 0, normals, g.data());
    double square = 0;
    for (const double coordinate : g) square += coordinate * coordinate;
    // Never 0, because no normal of a stream is 0.
    scales[static_cast<std::size_t>(t)] = radius / std::sqrt(square);
  }
  return scales;
}

inline SecondMoment scaled_moment(const std::vector<double>& scales) {
  return {Eigen::Map<const Vector>(scales.data(), static_cast<Index>(scales.size())).cwiseAbs2()};
}

}  // namespace pathquant
