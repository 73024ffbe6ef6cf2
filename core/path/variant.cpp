#include "core/path/variant.hpp"

namespace pathquant {
namespace {

constexpr Index few_neurons = 4;
// N x N numbers are held: beyond this width they would be more than the inputs of any layer that gains by it.
constexpr Index widest_gram = 16384;

}  // namespace

const char* to_text(PathVariant variant) {
  switch (variant) {
    case PathVariant::few:
      return "few";
    case PathVariant::strips:
      return "strips";
    case PathVariant::gram:
      return "gram";
  }
  return "";
}

PathVariant choose_path(LayerShape shape, bool mismatch, PathWishes wishes) {
  if (shape.neurons <= few_neurons && !mismatch && wishes.natural_order) return PathVariant::few;
  if (wishes.state || !wishes.natural_order || shape.width > widest_gram || shape.samples < 1)
    return PathVariant::strips;
  const double cost = static_cast<double>(shape.width) *
                      (1.0 / static_cast<double>(shape.neurons) + 1.0 / static_cast<double>(shape.samples));
  return cost < (mismatch ? 2.4 : 3.8) ? PathVariant::gram : PathVariant::strips;
}

}  // namespace pathquant
