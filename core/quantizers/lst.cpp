// LS-T: ternary weights by least squares.
#include "core/quantizers/plane_quantizer.hpp"
#include "core/quantizers/published_planes.hpp"
#include "core/sign_planes/distribution_planes.hpp"
#include "core/sign_planes/least_squares.hpp"

namespace pathquant {
namespace lst_quantizer {

class Lst {
 public:
  explicit Lst(const Parameters& /*parameters*/) {}
  PlaneFormat format() const { return {.planes = 2, .levels = 3, .scales = 1}; }
  double cost() const { return 10; }
  double population_error(const ScalarDistribution& law) const { return lst(law).error; }
  template <class S>
  PlaneScales<S> fit(std::span<const S> x) const {
    return lst(x);
  }
  template <class S>
  void assign(std::span<S> x, const PlaneScales<S>& scales) const {
    fold<S>(x, scales, x.data());
  }
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "lst",
         .version = 1,
         .summary = "least-squares ternary: the best levels 0 and +-2v, exactly",
         .formula = "q = v b1 + v b2, b1 = sign(w), b2 = sign(w - v b1), sign(0) = +1: 0 where |w| < v, otherwise 2v "
                    "sign(w); 2v = mean of all |w| but the k smallest, for the k of the least sum of (w - q)^2",
         .hypotheses = "",
         .source =
             "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786 (LS-T); exact by prefix sums: derived. compat: the code "
             "apple/ml-quant",
         .parameters = BlockRule::parameters() + published_search_parameters()},
    .make = [](const Parameters& parameters) -> std::unique_ptr<Quantizer> {
      if (auto published = published_planes(parameters, true)) return published;
      return std::make_unique<PlaneQuantizer<Lst>>(parameters);
    },
});

}  // namespace lst_quantizer
}  // namespace pathquant
