#include "core/path_following/blocked.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/neuron_groups.hpp"
#include "core/path_following/block_solver.hpp"

namespace pathquant {
namespace {

// Neurons that share the packed inputs of a block while these are in a cache: fewer where many samples make their state
// so large that it goes to memory and back for each block.
constexpr Index most_neurons = 256, most_neurons_of_long_columns = 128;
constexpr Index state_bytes = Index{4} << 20;
constexpr Index panel_rows = 144;  // U's panel of a strip and the inputs' stay in the first-level cache
constexpr Index blocks_ahead = 4;  // are packed, so that threads do not wait for each other's

/// One group on its way through the blocks.
template <class S>
class Follower {
 public:
  Follower(const BlockedPath<S>& path, const NeuronGroup<S>& group)
      : path_(path),
        inputs_(path.inputs),
        group_(group),
        span_(group.span()),
        state_(static_cast<std::size_t>(inputs_.samples() * span_)),
        changes_(static_cast<std::size_t>(block_features * span_)),
        solver_(path.rule, group, inputs_.samples(), 2 * block_features) {
    if (!single() || group_.neurons < span_) {
      weights_ = AlignedBuffer<S>(static_cast<std::size_t>(block_features * span_));
      std::fill(weights_.begin(), weights_.end(), S(0));
    }
  }

  std::int64_t follow(const ExecutionContext& execution) {
    load_state();
    for (Index b = 0; b < inputs_.blocks(); ++b) {
      execution.poll();
      prepare(b);
      load_weights(b);
      solve(b);
      prefetch(b + 1);
      advance(b);
    }
    return solver_.clipped();
  }

 private:
  bool single() const { return inputs_.kind() == PathKind::matched; }
  Index features_of(Index b) const { return std::min(block_features, inputs_.features() - b * block_features); }
  Index feature(Index b, Index t) const { return inputs_.feature(b * block_features + t); }
  S* changes_of(Index strip) { return changes_.data() + strip * block_features * group_.strip_width(); }
  S* strip_state(Index strip) { return state_.data() + strip * inputs_.samples() * group_.strip_width(); }

  /// Block b and the one after it, which is projected on.
  void prepare(Index b) {
    inputs_.prepare(std::min(inputs_.blocks(), b + 2), std::min(inputs_.blocks(), b + 2 + blocks_ahead));
  }

  void load_state() {
    if (path_.from_zero) return;
    prepare(0);
    const Index width = group_.strip_width();
    for (Index strip = 0; strip < group_.strips; ++strip) {
      for (Index i = 0; i < inputs_.samples(); ++i) {
        const S* from = path_.state->row(i).data() + group_.first + strip * width;
        S* to = strip_state(strip) + i * width;
        std::copy_n(from, group_.live(strip), to);
        std::fill(to + group_.live(strip), to + width, S(0));
      }
      group_.kernels->project(inputs_.samples(), inputs_.quantized().block(0), strip_state(strip), true, width,
                              solver_.projections(strip), strip_state(strip));
    }
    solver_.recheck().start(inputs_.samples(), width, group_.strips, state_.data());
  }

  void store_state(Index strip, Index start, Index rows, const S* u) {
    const Index width = group_.strip_width();
    for (Index i = 0; i < rows; ++i)
      std::copy_n(u + i * width, group_.live(strip), path_.state->row(start + i).data() + group_.first + strip * width);
  }

  /// Row t of V_b. Read where it is unless the products need the whole block, or a last strip has to be filled up.
  const S* weights(Index b, Index t) const {
    return weights_.size() > 0 ? weights_.data() + t * span_ : weights_of(b, t);
  }
  const S* weights_of(Index b, Index t) const { return path_.weights.row(feature(b, t)).data() + group_.first; }
  S* decisions_of(Index b, Index t) const { return path_.decisions.row(feature(b, t)).data() + group_.first; }

  void load_weights(Index b) {
    if (weights_.size() == 0) return;
    for (Index t = 0; t < block_features; ++t)
      if (t < features_of(b))
        std::copy_n(weights_of(b, t), group_.neurons, weights_.data() + t * span_);
      else
        std::fill_n(weights_.data() + t * span_, span_, S(0));
  }

  // The rows of the next block lie far apart: asked for now, they are there when the products of this block are done.
  void prefetch(Index b) const {
    if (b >= inputs_.blocks()) return;
    constexpr Index line = 64 / sizeof(S);
    for (Index t = 0; t < features_of(b); ++t)
      for (Index j = 0; j < group_.neurons; j += line) {
        __builtin_prefetch(weights_of(b, t) + j);
        __builtin_prefetch(decisions_of(b, t) + j, 1);
      }
  }

  void solve(Index b) {
    SolverBlock<S> block;
    block.features = features_of(b);
    block.h = inputs_.gram(b);
    if (!single()) {
      block.g = inputs_.mixed(b);
      block.weight_reach.emplace();
    }
    block.changes = changes_.data();
    block.changes_stride = block_features * group_.strip_width();
    for (Index t = 0; t < block.features; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const Index visit = b * block_features + t;
      block.feature[at] = feature(b, t);
      block.squared_norms[at] = inputs_.squared_norm(visit);
      if (block.weight_reach) (*block.weight_reach)[at] = inputs_.plain_norm(visit);
      block.weights[at] = weights(b, t);
      block.decisions[at] = decisions_of(b, t);
    }
    solver_.solve(block, [&](Index t, Index j, S /*c*/) { return plain_argument(b, t, j); });
  }

  /// c_t of neuron j as the reference recurrence computes it, from the state at the start of the block.
  S plain_argument(Index b, Index t, Index j) {
    const Index stride = group_.strip_width();
    const S* u = strip_state(j / stride) + j % stride;
    const S* xq = inputs_.quantized().block(b);
    const S* x = single() ? xq : inputs_.plain().block(b);
    const S* change = changes_of(j / stride) + j % stride;
    const bool started = b > 0 || !path_.from_zero;
    S sum = 0;
    for (Index i = 0; i < inputs_.samples(); ++i) {
      S state = started ? u[i * stride] : S(0);
      for (Index k = 0; k < t; ++k) {
        if (!single()) state = std::fma(x[i * block_features + k], weights(b, k)[j], state);
        state = std::fma(xq[i * block_features + k], change[k * stride], state);
      }
      if (!single()) state = std::fma(x[i * block_features + t], weights(b, t)[j], state);
      sum = std::fma(xq[i * block_features + t], state, sum);
    }
    const S along = sum / inputs_.squared_norm(b * block_features + t);
    return single() ? weights(b, t)[j] + along : along;
  }

  /// U past block b, and the projections of the next block on it. A panel of U is started, and handed out at the end,
  /// while it is in the cache.
  void advance(Index b) {
    const Index width = group_.strip_width();
    const bool last_block = b + 1 == inputs_.blocks();
    if (last_block && path_.state == nullptr) return;
    for (Index start = 0; start < inputs_.samples(); start += panel_rows) {
      const Index rows = std::min(panel_rows, inputs_.samples() - start);
      const Index origin = start * block_features;
      const S* xq = inputs_.quantized().block(b) + origin;
      for (Index strip = 0; strip < group_.strips; ++strip) {
        S* u = strip_state(strip) + start * width;
        if (b == 0 && path_.from_zero) std::fill_n(u, rows * width, S(0));
        if (single())
          group_.kernels->update(rows, xq, width, changes_of(strip), u);
        else
          group_.kernels->update_pair(rows, inputs_.plain().block(b) + origin, xq, span_,
                                      weights_.data() + strip * width, width, changes_of(strip), u);
        if (last_block) {
          store_state(strip, start, rows, u);
          continue;
        }
        const bool last_strip = strip + 1 == group_.strips;
        const S* ahead = last_strip ? strip_state(0) + (start + rows) * width : u + inputs_.samples() * width;
        group_.kernels->project(rows, inputs_.quantized().block(b + 1) + origin, u, start == 0, width,
                                solver_.projections(strip), ahead);
      }
    }
  }

  const BlockedPath<S>& path_;
  StripInputs<S>& inputs_;
  NeuronGroup<S> group_;
  Index span_;
  AlignedBuffer<S> state_;    // strip by strip, m x R
  AlignedBuffer<S> weights_;  // V_b, where a copy is needed
  AlignedBuffer<S> changes_;  // e of a block, strip by strip
  BlockSolver<S> solver_;
};

}  // namespace

template <class S>
void BlockedPath<S>::follow(const ExecutionContext& execution, Team& team) const {
  const Index fitting = state_bytes / (inputs.samples() * static_cast<Index>(sizeof(S)));
  const Index at_once = std::clamp(fitting, most_neurons_of_long_columns, most_neurons);
  const auto groups =
      neuron_groups<S>(weights.cols(), team.threads(), at_once / kernels::active_blocked<S>().front().neurons);
  const ExecutionContext own = execution;
  team.share(next, std::ssize(groups),
             [&](Index i) { clipped += Follower<S>(*this, groups[static_cast<std::size_t>(i)]).follow(own); });
  if (!team.failed()) inputs.prepare(inputs.blocks(), inputs.blocks());
}

template struct BlockedPath<float>;
template struct BlockedPath<double>;

}  // namespace pathquant
