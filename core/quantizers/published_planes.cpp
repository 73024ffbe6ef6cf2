#include "core/quantizers/published_planes.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/sign_planes/published_search.hpp"

namespace pathquant {
namespace {

class PublishedPlanes final : public QuantizerTemplate<PublishedPlanes> {
 public:
  PublishedPlanes(const Parameters& parameters, bool ternary)
      : rule_(parameters),
        search_{ternary, parameters.has("skip") ? static_cast<std::size_t>(parameters.integer("skip")) : 3} {}

  QuantizerTraits traits() const override { return plane_traits; }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return 50 * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const WeightBlocks blocks = rule_.blocks(problem.shape());
    std::vector<std::vector<S>> candidates;
    std::size_t most = 0;
    read_blocks<S>(problem.weights(), blocks, [&](Index /*b*/, std::span<const S> x) {
      execution.poll();
      candidates.push_back(search_.candidates(x));
      most = std::max(most, candidates.back().size());
    });
    if (most == 0)
      throw std::domain_error(
          "compat ml-quant: the published search has no candidate for a scale in any block, and stops; leave out "
          "compat "
          "for the exact optimum");

    const PlaneFormat format =
        search_.ternary ? PlaneFormat{.planes = 2, .levels = 3, .scales = 1} : PlaneFormat{2, 4, 2};
    ScaledPlanes<S> planes{blocks, format, Matrix<S>(2, blocks.count())};
    QuantizedLayer<S> result;
    result.weights = transform_blocks<S>(problem.weights(), blocks, [&](Index b, std::span<S> x) {
      execution.poll();
      std::vector<S>& own = candidates[static_cast<std::size_t>(b)];
      if (own.size() < most) own.push_back(0);
      const PlaneScales<S> scales = search_.choose<S>(x, own);
      std::copy(scales.begin(), scales.end(), planes.scales.col(b).data());
      fold<S>(x, scales, x.data());
    });
    result.planes = std::move(planes);
    return result;
  }

 private:
  BlockRule rule_;
  PublishedSearch search_;
};

}  // namespace

const ParameterTable& published_search_parameters() {
  static const ParameterTable table = {
      word("compat", {"ml-quant"},
           "ml-quant: the scales that the published code's search finds, for comparison; not the optimum, and a row "
           "depends on the rows beside it"),
      integer("skip", "with compat: every skip-th weight decides; 3 where none is given").at_least(1).at_most(1e12)};
  return table;
}

std::unique_ptr<Quantizer> published_planes(const Parameters& parameters, bool ternary) {
  if (parameters.has("compat")) return std::make_unique<PublishedPlanes>(parameters, ternary);
  if (parameters.has("skip"))
    throw std::invalid_argument("skip goes with compat ml-quant: the exact search skips none");
  return nullptr;
}

}  // namespace pathquant
