// GF-k: greedy foldable binary with any number of planes.
#include "core/quantizers/plane_quantizer.hpp"
#include "core/sign_planes/distribution_planes.hpp"
#include "core/sign_planes/least_squares.hpp"

namespace pathquant {
namespace gf_quantizer {

class Gf {
 public:
  explicit Gf(const Parameters& parameters) : planes_(static_cast<Index>(parameters.integer("planes"))) {}
  PlaneFormat format() const { return {planes_, std::int64_t{1} << planes_, planes_}; }
  double cost() const { return 2 * static_cast<double>(planes_); }
  double population_error(const ScalarDistribution& law) const {
    return gf(law, static_cast<std::size_t>(planes_)).error;
  }
  template <class S>
  PlaneScales<S> fit(std::span<const S> x) const {
    return gf(x, static_cast<std::size_t>(planes_));
  }
  template <class S>
  void assign(std::span<S> x, const PlaneScales<S>& scales) const {
    fold<S>(x, scales, x.data());
  }

 private:
  Index planes_;
};

const Registered<QuantizerEntry> registered({
    .description = {.name = "gf",
                    .version = 1,
                    .summary =
                        "greedy binary: each plane is the one-plane optimum of what the planes before it left over",
                    .formula = "r_0 = w; v_p = mean |r_{p-1}|, b_p = sign(r_{p-1}), r_p = r_{p-1} - v_p b_p, p = 1 .. "
                               "planes; q = sum_p v_p b_p, sign(0) = +1",
                    .hypotheses = "",
                    .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786 (greedy foldable, GF-k)",
                    .parameters = ParameterTable{integer("planes", "k, signs of a weight: 2^planes levels")
                                                     .at_least(1)
                                                     .at_most(most_planes)
                                                     .defaults_to(std::int64_t{2})} +
                                  BlockRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<PlaneQuantizer<Gf>>(parameters); },
});

}  // namespace gf_quantizer
}  // namespace pathquant
