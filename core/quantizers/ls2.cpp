// LS-2: two scaled signs for every weight.
#include "core/quantizers/plane_quantizer.hpp"
#include "core/quantizers/published_planes.hpp"
#include "core/sign_planes/distribution_planes.hpp"
#include "core/sign_planes/least_squares.hpp"

namespace pathquant {
namespace ls2_quantizer {

class Ls2 {
 public:
  explicit Ls2(const Parameters& /*parameters*/) {}
  PlaneFormat format() const { return {.planes = 2, .levels = 4, .scales = 2}; }
  double cost() const { return 10; }
  double population_error(const ScalarDistribution& law) const { return ls2(law).error; }
  template <class S>
  PlaneScales<S> fit(std::span<const S> x) const {
    return ls2(x);
  }
  template <class S>
  void assign(std::span<S> x, const PlaneScales<S>& scales) const {
    fold<S>(x, scales, x.data());
  }
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "ls2",
         .version = 1,
         .summary = "least-squares binary with two planes: the best four levels of the form +-v1 +- v2, exactly",
         .formula =
             "q = v1 b1 + v2 b2, b1 = sign(w), b2 = sign(w - v1 b1), sign(0) = +1; v1 = (l + u)/2, v2 = (u - l)/2 with "
             "l "
             "and u the means of the k smallest |w| and of the others, for the k of the least sum of (w - q)^2: the "
             "minimum over all v1, v2 and signs",
         .hypotheses = "",
         .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786 (LS-2); exact by 2-means of the magnitudes: derived. "
                   "compat: the code apple/ml-quant",
         .parameters = BlockRule::parameters() + published_search_parameters()},
    .make = [](const Parameters& parameters) -> std::unique_ptr<Quantizer> {
      if (auto published = published_planes(parameters, false)) return published;
      return std::make_unique<PlaneQuantizer<Ls2>>(parameters);
    },
});

}  // namespace ls2_quantizer
}  // namespace pathquant
