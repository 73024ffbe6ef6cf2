// A quantizer to scaled sign planes that looks at one block of weights at a time.
#pragma once

#include "core/quantizers/block_rule.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// What all quantizers to scaled planes say of themselves.
inline const QuantizerTraits plane_traits = {.uses_inputs = false, .own_levels = true};

/// A Method is made from Parameters and has
///   PlaneFormat format() const
///   PlaneScales<S> fit(std::span<const S> x) const          the scales of a block
///   void assign(std::span<S> x, const PlaneScales<S>&) const  each number of it becomes a level
///   double cost() const                                     of a weight, in multiply-adds
///   double population_error(const ScalarDistribution&) const         optional: see QuantizerTraits
template <class Method>
class PlaneQuantizer final : public QuantizerTemplate<PlaneQuantizer<Method>> {
 public:
  explicit PlaneQuantizer(const Parameters& parameters) : method_(parameters), rule_(parameters) {}

  QuantizerTraits traits() const override {
    QuantizerTraits traits = plane_traits;
    if constexpr (requires(const ScalarDistribution& law) { method_.population_error(law); })
      traits.population_error = [method = method_](const ScalarDistribution& law) {
        return method.population_error(law);
      };
    return traits;
  }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return method_.cost() * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const WeightBlocks blocks = rule_.blocks(problem.shape());
    ScaledPlanes<S> planes{blocks, method_.format(), Matrix<S>(method_.format().planes, blocks.count())};
    QuantizedLayer<S> result;
    result.weights = transform_blocks<S>(problem.weights(), blocks, [&](Index b, std::span<S> x) {
      execution.poll();
      const PlaneScales<S> scales = method_.template fit<S>(x);
      std::copy(scales.begin(), scales.end(), planes.scales.col(b).data());
      method_.template assign<S>(x, scales);
    });
    result.planes = std::move(planes);
    return result;
  }

 private:
  Method method_;
  BlockRule rule_;
};

}  // namespace pathquant
