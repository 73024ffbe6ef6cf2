// LS-1: one scaled sign for every weight.
#include "core/quantizers/plane_quantizer.hpp"
#include "core/sign_planes/distribution_planes.hpp"
#include "core/sign_planes/least_squares.hpp"

namespace pathquant {
namespace ls1_quantizer {

class Ls1 {
 public:
  explicit Ls1(const Parameters& /*parameters*/) {}
  PlaneFormat format() const { return {.planes = 1, .levels = 2, .scales = 1}; }
  double cost() const { return 2; }
  double population_error(const ScalarDistribution& law) const { return ls1(law).error; }
  template <class S>
  PlaneScales<S> fit(std::span<const S> x) const {
    return ls1(x);
  }
  template <class S>
  void assign(std::span<S> x, const PlaneScales<S>& scales) const {
    fold<S>(x, scales, x.data());
  }
};

const Registered<QuantizerEntry> registered({
    .description = {.name = "ls1",
                    .version = 1,
                    .summary = "least-squares binary with one plane: the sign of every weight times their mean size",
                    .formula =
                        "q = v sign(w), v = mean |w| over the weights that share it, sign(0) = +1: the least sum "
                        "of (w - q)^2 over all v and signs",
                    .hypotheses = "",
                    .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786 (LS-1); the scaling of XNOR-Net",
                    .parameters = BlockRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<PlaneQuantizer<Ls1>>(parameters); },
});

}  // namespace ls1_quantizer
}  // namespace pathquant
