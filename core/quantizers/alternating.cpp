// Scaled binary with any number of planes, improved from the greedy one by alternating minimisation.
#include "core/sign_planes/alternating.hpp"

#include "core/quantizers/plane_quantizer.hpp"
#include "core/sign_planes/plane_levels.hpp"

namespace pathquant {
namespace alternating_quantizer {

class Alternating {
 public:
  explicit Alternating(const Parameters& parameters) : planes_(static_cast<Index>(parameters.integer("planes"))) {}
  PlaneFormat format() const { return {planes_, std::int64_t{1} << planes_, planes_}; }
  double cost() const { return 100; }
  template <class S>
  PlaneScales<S> fit(std::span<const S> x) const {
    return alternating(x, static_cast<std::size_t>(planes_));
  }
  template <class S>
  void assign(std::span<S> x, const PlaneScales<S>& scales) const {
    round_to_planes<S>(x, scales, x.data());
  }

 private:
  Index planes_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "alternating",
         .version = 1,
         .summary =
             "scaled binary by alternating minimisation: signs for fixed scales, scales for fixed signs, from gf on",
         .formula =
             "q = sum_p v_p b_p over p = 1 .. planes; in turn every w takes the nearest of the levels, and v the "
             "least-squares scales for these signs, until the sum of (w - q)^2 no longer falls; never more than "
             "gf with as many planes",
         .hypotheses = "",
         .source =
             "alternating least squares, a standard method: derived; start: greedy foldable, Pouransari, Tu & Tuzel "
             "2020, arXiv 2001.02786",
         .parameters = ParameterTable{integer("planes", "k, signs of a weight: 2^planes levels")
                                          .at_least(1)
                                          .at_most(most_alternating_planes)
                                          .defaults_to(std::int64_t{2})} +
                       BlockRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<PlaneQuantizer<Alternating>>(parameters); },
});

}  // namespace alternating_quantizer
}  // namespace pathquant
