// Sphere inputs: X with independent columns, uniform on a sphere of R^m.
#include <cmath>

#include "core/inputs/column_scales.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace sphere_inputs {

class SphereSource : public InputSource {
 public:
  SphereSource(Stream stream, double radius, Index samples) : stream_(stream), radius_(radius), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += samples_) {
      stream_.normals(t, 0, samples_, out);
      double square = 0;
      for (Index i = 0; i < samples_; ++i) square += out[i] * out[i];
      // Never 0, because no normal of a stream is 0.
      const double scale = radius_ / std::sqrt(square);
      for (Index i = 0; i < samples_; ++i) out[i] *= scale;
    }
  }

 private:
  Stream stream_;
  double radius_;
  Index samples_;
};

class Sphere : public InputDistribution {
 public:
  explicit Sphere(double radius) : radius_(radius) {}

  ColumnDistribution column_law() const override {
    // The second moment of an entry, radius^2 / m, depends on m, so it is not set.
    ColumnDistribution law;
    law.independent = true;
    law.symmetric = true;
    law.norm_bound = radius_;
    law.entry_bound = radius_;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<SphereSource>(stream(key), radius_, samples);
  }
  // Fresh rows use the trial's column scales.
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index samples, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    return std::make_unique<ScaledNormals>(stream(fresh_key(key)), column_scales(stream(key), radius_, samples, width),
                                           fresh);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index samples, Index width) const override {
    return scaled_moment(column_scales(stream(key), radius_, samples, width));
  }

 private:
  static Stream stream(const std::string& key) { return Stream(key + "/inputs/sphere"); }

  double radius_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "sphere",
            .summary = "independent columns, uniform on a sphere of R^m: all of one norm",
            .formula = "X_t = radius g / ||g||, g ~ N(0, I_m), columns independent; ||X_t|| = radius, E X_it^2 = "
                       "radius^2 / m. Fresh rows keep the factors radius / ||g|| of the columns. A smaller width gives "
                       "the first columns of the same X; another number of samples "
                       "gives other columns.",
            .hypotheses = "",
            .source = "N(0, I_m) is rotation-invariant, so its direction is uniform; the case of equality in the "
                      "bounded data of Zhang, Zhou & Saab 2022, arXiv 2201.11113",
            .parameters = {real("radius", "radius of the sphere: the norm of every column").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Sphere>(parameters.real("radius")); },
});

}  // namespace sphere_inputs

}  // namespace pathquant
