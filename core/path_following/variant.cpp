#include "core/path_following/variant.hpp"

namespace pathquant {
namespace {

constexpr Index few_neurons = 4;
// N x N numbers are held: beyond this width they would be more than the inputs of any layer that gains by it.
constexpr Index widest_gram = 16384;

}  // namespace

const char* to_text(PathVariant variant) {
  switch (variant) {
    case PathVariant::single_neuron:
      return "single_neuron";
    case PathVariant::blocked:
      return "blocked";
    case PathVariant::gram:
      return "gram";
  }
  return "";
}

PathVariant choose_path(LayerShape shape, bool mismatch, PathOptions options) {
  if (shape.neurons <= few_neurons && !mismatch && options.natural_order) return PathVariant::single_neuron;
  if (options.state || !options.natural_order || shape.width > widest_gram || shape.samples < 1)
    return PathVariant::blocked;
  const double cost = static_cast<double>(shape.width) *
                      (1.0 / static_cast<double>(shape.neurons) + 1.0 / static_cast<double>(shape.samples));
  return cost < (mismatch ? 2.4 : 3.8) ? PathVariant::gram : PathVariant::blocked;
}

}  // namespace pathquant
