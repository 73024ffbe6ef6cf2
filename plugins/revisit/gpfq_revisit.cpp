// gpfq_revisit: gpfq followed by `passes` passes of coordinate descent, which set each weight to its best level given
// the others.
//   u = Xw - Xq q;  for every t:  c = q_t + <Xq_t, u>/||Xq_t||^2,  p = R(c),  u <- u + (q_t - p) Xq_t,  q_t <- p
// ||u + (q_t - p) Xq_t||^2 is least at p = c, so the level nearest to c is the best one: no pass increases ||u||.
#include "core/alphabet/alphabet_rule.hpp"
#include "core/path_following/path_following.hpp"
#include "core/plugin.hpp"
#include "core/quantizers/quantizer.hpp"

PATHQUANT_PLUGIN("revisit", "1.0");

using namespace pathquant;
namespace {

class GpfqRevisit final : public QuantizerTemplate<GpfqRevisit> {
 public:
  explicit GpfqRevisit(const Parameters& parameters) : passes_(parameters.integer("passes")) {}
  QuantizerTraits traits() const override { return {}; }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return 2.0 * static_cast<double>((1 + passes_) * shape.samples * shape.width * shape.neurons);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const NearestDecision<S> nearest(alphabet);
    QuantizedLayer<S> result{problem.weights()};
    RowMatrix<S>& q = result.weights;
    RowMatrix<S> u;
    result.clipped = follow_path(problem, problem.weights(), nearest, execution, q, &u).clipped;
    for (std::int64_t pass = 0; pass < passes_; ++pass) {
      result.clipped = 0;
      for (Index t = 0; t < q.rows(); ++t) {
        execution.poll();
        const auto xq = problem.quantized_inputs().col(t);
        const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];
        RowMatrix<S> c = RowMatrix<S>::Zero(1, q.cols()), p = c;
        for (Index i = 0; i < u.rows(); ++i) c += xq(i) * u.row(i);
        c = q.row(t) + c / (norm > 0 ? norm : S(1));
        result.clipped += nearest.decide(t, q.cols(), c.data(), p.data());
        u += xq * (q.row(t) - p);
        q.row(t) = p;
      }
    }
    return result;
  }

 private:
  std::int64_t passes_;
};

const Registered<QuantizerEntry> registered(
    {{.name = "gpfq_revisit",
      .summary = "gpfq, followed by coordinate descent over all weights",
      .formula = "p = R(q_t + <Xq_t, u>/||Xq_t||^2),  u <- u + (q_t - p) Xq_t,  q_t <- p",
      .source = "coordinate descent from the result of arXiv 2010.15979",
      .parameters =
          ParameterTable{integer("passes", "passes over all weights").at_least(0).defaults_to(std::int64_t{2})} +
          AlphabetRule::parameters()},
     [](const Parameters& parameters) { return std::make_unique<GpfqRevisit>(parameters); }});
}  // namespace
