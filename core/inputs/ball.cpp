// Ball inputs: X with independent columns, uniform in a ball of R^m.
//
//   symbol  meaning
//   g       standard normal vector in R^{m+2}
//   s       g / ||g||, uniform on the unit sphere of R^{m+2};  y  its first m coordinates
//   X_t     radius y
//
// y is uniform in the unit ball. Proof: the points of the sphere over a given y form a circle of radius
// r(y) = sqrt(1 - |y|^2) and length 2 pi r(y). The sphere's normal at s is s itself, and its part orthogonal to the
// y-plane has length r(y). So a piece dy of the plane lies under a piece of the sphere that is 1/r(y) times as wide.
// The sphere's area over dy is the product, 2 pi dy, for every y. (For m = 1 this is Archimedes' hat-box theorem.)
#include <cmath>
#include <vector>

#include "core/inputs/column_scales.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace ball_inputs {

class BallSource : public InputSource {
 public:
  BallSource(Stream stream, double radius, Index samples) : stream_(stream), radius_(radius), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    std::vector<double> g(static_cast<std::size_t>(samples_) + 2);
    for (Index t = first; t < first + count; ++t, out += samples_) {
      stream_.normals(t, 0, samples_ + 2, g.data());
      double square = 0;
      for (const double coordinate : g) square += coordinate * coordinate;
      // g = 0, which has no direction and negligible probability, gives the centre of the ball.
      const double scale = square > 0 ? radius_ / std::sqrt(square) : 0;
      for (Index i = 0; i < samples_; ++i) out[i] = scale * g[static_cast<std::size_t>(i)];
    }
  }

 private:
  Stream stream_;
  double radius_;
  Index samples_;
};

class Ball : public InputDistribution {
 public:
  explicit Ball(double radius) : radius_(radius) {}

  ColumnDistribution column_law() const override {
    // The second moment of an entry depends on m, so it is not set.
    ColumnDistribution law;
    law.independent = true;
    law.ball_radius = radius_;
    law.symmetric = true;
    law.norm_bound = radius_;
    law.entry_bound = radius_;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<BallSource>(stream(key), radius_, samples);
  }
  // Fresh rows use the trial's column scales.
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index samples, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    return std::make_unique<ScaledNormals>(stream(fresh_key(key)),
                                           column_scales(stream(key), radius_, samples + 2, width), fresh);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index samples, Index width) const override {
    return scaled_moment(column_scales(stream(key), radius_, samples + 2, width));
  }

 private:
  static Stream stream(const std::string& key) { return Stream(key + "/inputs/ball"); }

  double radius_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "ball",
            .summary = "independent columns, uniform in a ball of R^m",
            .formula = "X_t = radius (g_1 .. g_m) / ||g||, g ~ N(0, I_{m+2}), columns independent; ||X_t|| <= radius, "
                       "E||X_t||^2 = radius^2 m/(m+2). Fresh rows keep the factors radius / ||g|| of the columns. A "
                       "smaller width gives the first columns of the same X; another "
                       "number of samples gives other columns.",
            .hypotheses = "",
            .source =
                "the first m coordinates of a uniform point on the sphere of R^{m+2} are uniform in the ball of R^m "
                "(the sphere's area over dy is 2 pi dy); the bounded data of Zhang, Zhou & Saab 2022, arXiv 2201.11113",
            .parameters = {real("radius", "radius of the ball: no column is longer").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Ball>(parameters.real("radius")); },
});

}  // namespace ball_inputs

}  // namespace pathquant
