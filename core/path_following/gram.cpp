#include "core/path_following/gram.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/neuron_groups.hpp"
#include "core/path_following/block_solver.hpp"

namespace pathquant {
namespace {

// V - D of a group stays in the second-level cache: it is read once for every block.
constexpr Index cached_bytes = Index{512} << 10;
constexpr Index most_strips = 8;

template <class S>
class GramFollower {
 public:
  GramFollower(const GramPath<S>& path, const NeuronGroup<S>& group)
      : path_(path),
        inputs_(path.inputs),
        group_(group),
        span_(group.span()),
        changes_(static_cast<std::size_t>(inputs_.blocks() * block_features * span_)),
        solver_(path.rule, group, inputs_.samples(), inputs_.features()) {
    if (pair()) weights_ = AlignedBuffer<S>(changes_.size());
    if (group_.neurons < span_) {
      padded_ = AlignedBuffer<S>(static_cast<std::size_t>(block_features * span_));
      std::fill(padded_.begin(), padded_.end(), S(0));
    }
  }

  void follow(const ExecutionContext& execution) {
    for (Index b = 0; b < inputs_.blocks(); ++b) {
      execution.poll();
      project(b);
      solve(b);
    }
    path_.clipped += solver_.clipped();
  }

 private:
  bool pair() const { return inputs_.mismatch() && path_.kind == PathKind::mismatched; }
  Index feature(Index visit) const {
    return path_.order.empty() ? visit : path_.order[static_cast<std::size_t>(visit)];
  }
  Index strip_rows() const { return inputs_.blocks() * block_features; }
  S* strip_of(AlignedBuffer<S>& rows, Index strip) const {
    return rows.data() + strip * strip_rows() * group_.strip_width();
  }

  // The rows of the block lie far apart: asked for strip by strip between projections, they are there afterwards.
  void prefetch(Index b, Index strip) const {
    constexpr Index line = 64 / sizeof(S);
    const Index first = group_.first + strip * group_.strip_width();
    for (Index t = b * block_features; t < std::min(inputs_.features(), (b + 1) * block_features); ++t)
      for (Index j = 0; j < group_.live(strip); j += line) {
        __builtin_prefetch(path_.weights.row(feature(t)).data() + first + j);
        __builtin_prefetch(path_.decisions.row(feature(t)).data() + first + j, 1);
      }
  }

  /// The projections of block b on what came before, from F_b on where X != Xq.
  void project(Index b) {
    const Index width = group_.strip_width();
    if (pair()) load_weights(b);
    for (Index strip = 0; strip < group_.strips; ++strip) {
      S* const s = solver_.projections(strip);
      if (pair()) {
        const S* w = strip_of(weights_, strip);
        group_.kernels->project((b + 1) * block_features, inputs_.difference().rows(b), w, true, width, s, w);
      }
      prefetch(b, strip);
      const S* e = strip_of(changes_, strip);
      // The next block's rows of H are wanted by all strips.
      const S* ahead = strip == 0 && b + 1 < inputs_.blocks() ? inputs_.gram().rows(b + 1) : e;
      group_.kernels->project(b * block_features, inputs_.gram().rows(b), e, !pair(), width, s, ahead);
    }
  }

  void load_weights(Index b) {
    const Index width = group_.strip_width();
    for (Index strip = 0; strip < group_.strips; ++strip)
      for (Index t = 0; t < block_features; ++t) {
        const Index visit = b * block_features + t;
        S* const row = strip_of(weights_, strip) + visit * width;
        const Index live = visit < inputs_.features() ? group_.live(strip) : 0;
        if (live > 0) std::copy_n(path_.weights.row(feature(visit)).data() + group_.first + strip * width, live, row);
        std::fill(row + live, row + width, S(0));
      }
  }

  void solve(Index b) {
    SolverBlock<S> block;
    block.features = std::min(block_features, inputs_.features() - b * block_features);
    block.h = inputs_.gram().within(b);
    if (pair()) block.weight_reach.emplace();
    block.changes = changes_.data() + b * block_features * group_.strip_width();
    block.changes_stride = strip_rows() * group_.strip_width();
    for (Index t = 0; t < block.features; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const Index visit = b * block_features + t;
      block.feature[at] = feature(visit);
      block.squared_norms[at] = inputs_.squared_norm(visit);
      if (block.weight_reach)
        (*block.weight_reach)[at] = inputs_.plain_norm(visit) + std::sqrt(inputs_.squared_norm(visit));
      block.weights[at] = weights(feature(visit), t);
      block.decisions[at] = path_.decisions.row(feature(visit)).data() + group_.first;
    }
    solver_.solve(block, [&](Index t, Index j, S c) { return plain_argument(b * block_features, t, j, c); });
  }

  /// Row `feature` of V, filled up in row t of a buffer if need be.
  const S* weights(Index feature, Index t) {
    const S* row = path_.weights.row(feature).data() + group_.first;
    if (padded_.size() == 0) return row;
    S* const filled = padded_.data() + t * span_;
    std::copy_n(row, group_.neurons, filled);
    return filled;
  }

  /// The argument of neuron j at feature start + t as the reference recurrence computes it: the state is followed from
  /// the first feature on. c where the samples are not at hand.
  S plain_argument(Index start, Index t, Index j, S c) {
    if (path_.problem == nullptr) return c;
    const LayerProblem<S>& problem = *path_.problem;
    const Index feature = start + t, neuron = group_.first + j;
    std::vector<S> u(static_cast<std::size_t>(problem.shape().samples), S(0));
    const auto add = [&](const Matrix<S>& inputs, Index k, S factor) {
      for (Index i = 0; i < inputs.rows(); ++i)
        u[static_cast<std::size_t>(i)] = std::fma(inputs(i, k), factor, u[static_cast<std::size_t>(i)]);
    };
    for (Index k = 0; k < feature; ++k) {
      const S w = path_.weights(k, neuron);
      const S q = k < start ? path_.decisions(k, neuron) : solver_.decided(k - start, j);
      if (pair()) add(problem.inputs(), k, w);
      add(problem.quantized_inputs(), k, pair() ? -q : w - q);
    }
    if (pair()) add(problem.inputs(), feature, path_.weights(feature, neuron));
    S sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i)
      sum = std::fma(problem.quantized_inputs()(static_cast<Index>(i), feature), u[i], sum);
    const S along = sum / problem.squared_norms()[static_cast<std::size_t>(feature)];
    return pair() ? along : path_.weights(feature, neuron) + along;
  }

  const GramPath<S>& path_;
  const GramInputs<S>& inputs_;
  NeuronGroup<S> group_;
  Index span_;
  AlignedBuffer<S> changes_;  // V - D, strip by strip, N x R
  AlignedBuffer<S> weights_;  // V in the same layout, where X != Xq
  AlignedBuffer<S> padded_;   // rows of V that have to be filled up
  BlockSolver<S> solver_;
};

}  // namespace

template <class S>
void GramPath<S>::follow(const ExecutionContext& execution, Team& team) const {
  const Index width = kernels::active_blocked<S>().front().neurons;
  const Index strip_bytes = inputs.features() * width * static_cast<Index>(sizeof(S));
  const auto groups =
      neuron_groups<S>(weights.cols(), team.threads(), std::min(most_strips, cached_bytes / strip_bytes));
  const ExecutionContext own = execution;
  team.share(next, std::ssize(groups),
             [&](Index i) { GramFollower<S>(*this, groups[static_cast<std::size_t>(i)]).follow(own); });
}

template struct GramPath<float>;
template struct GramPath<double>;

}  // namespace pathquant
