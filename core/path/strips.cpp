#include "core/path/strips.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/path/recheck.hpp"

namespace pathquant {
namespace {

constexpr Index most_neurons = 256;  // that share the packed inputs of a block while these are in the cache
constexpr Index panel_rows = 144;    // U's panel of a strip and the inputs' stay in the first-level cache

/// Neighbouring strips that are followed together.
template <class S>
struct Group {
  const kernels::StripKernels<S>* kernels;
  Index strips;
  Index first;    ///< neuron
  Index neurons;  ///< at most strips R: what is left of the last strip is filled up with zeros

  Index span() const { return strips * kernels->neurons; }
};

// The widest strips as far as they go, in groups of equal size as the threads allow, and the narrowest that holds the
// rest.
template <class S>
std::vector<Group<S>> groups_of(Index neurons, int threads) {
  const auto& table = kernels::active_strips<S>();
  const Index widest = table.front().neurons;
  const Index full = neurons / widest;
  std::vector<Group<S>> groups;
  const Index at_once = std::clamp((full + threads - 1) / threads, Index{1}, most_neurons / widest);
  for (Index strip = 0; strip < full; strip += at_once) {
    const Index strips = std::min(at_once, full - strip);
    groups.push_back({&table.front(), strips, strip * widest, strips * widest});
  }
  const Index rest = neurons - full * widest;
  if (rest == 0) return groups;
  const auto* narrow = &table.front();
  for (const auto& strip : table)
    if (strip.neurons >= rest) narrow = &strip;
  groups.push_back({narrow, 1, full * widest, rest});
  return groups;
}

/// One group on its way through the blocks.
template <class S>
class Follower {
 public:
  Follower(StripPath<S>& path, const Group<S>& group)
      : path_(path),
        inputs_(path.inputs),
        group_(group),
        span_(group.span()),
        state_(size(inputs_.samples() * span_)),
        projections_(size(block_features * span_)),
        changes_(size(block_features * span_)),
        arguments_(size(span_)),
        decisions_(size(span_)),
        recheck_(span_) {
    if (!single() || group_.neurons < span_) weights_ = AlignedBuffer<S>(size(block_features * span_));
    for (auto* block : {&projections_, &weights_, &changes_, &decisions_})
      std::fill(block->begin(), block->end(), S(0));
  }

  std::int64_t follow(const Interrupt& interrupt) {
    load_state();
    for (Index b = 0; b < inputs_.blocks(); ++b) {
      interrupt.poll();
      load_weights(b);
      solve(b);
      prefetch(b + 1);
      advance(b);
    }
    return clipped_;
  }

 private:
  static std::size_t size(Index n) { return static_cast<std::size_t>(n); }
  bool single() const { return inputs_.kind() == PathKind::single; }
  Index strip_width() const { return group_.kernels->neurons; }
  Index features_of(Index b) const { return std::min(block_features, inputs_.features() - b * block_features); }
  S* strip_state(Index strip) { return state_.data() + strip * inputs_.samples() * strip_width(); }

  /// Numbers of one sample (or feature) and of the group's neurons from those of the whole layer, zeros behind them.
  void spread(const S* row, Index strip, S* out) const {
    const Index first = strip * strip_width();
    const Index live = std::clamp(group_.neurons - first, Index{0}, strip_width());
    std::copy_n(row + group_.first + first, live, out);
    std::fill(out + live, out + strip_width(), S(0));
  }

  void load_state() {
    if (path_.from_zero) return;
    for (Index strip = 0; strip < group_.strips; ++strip)
      for (Index i = 0; i < inputs_.samples(); ++i)
        spread(path_.state.row(i).data(), strip, strip_state(strip) + i * strip_width());
    recheck_.start(inputs_.samples(), strip_width(), group_.strips, state_.data());
    for (Index strip = 0; strip < group_.strips; ++strip)
      group_.kernels->project(inputs_.samples(), inputs_.quantized().block(0), strip_state(strip), span_,
                              projections_.data() + strip * strip_width(), strip_state(strip));
  }

  void store_state(Index strip, Index start, Index rows, const S* u) {
    const Index first = strip * strip_width();
    const Index live = std::clamp(group_.neurons - first, Index{0}, strip_width());
    for (Index i = 0; i < rows; ++i)
      std::copy_n(u + i * strip_width(), live, path_.state.row(start + i).data() + group_.first + first);
  }

  /// Row t of V_b. Read where it is unless the products need the whole block, or a last strip has to be filled up.
  const S* weights(Index b, Index t) const {
    return weights_.size() > 0 ? weights_.data() + t * span_ : weights_of(b, t);
  }
  const S* weights_of(Index b, Index t) const {
    return path_.weights.row(inputs_.feature(b * block_features + t)).data() + group_.first;
  }
  S* decisions_of(Index b, Index t) const {
    return path_.decisions.row(inputs_.feature(b * block_features + t)).data() + group_.first;
  }

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
    const auto& kernels = kernels::active_solvers<S>();
    for (Index t = 0; t < features_of(b); ++t) {
      const Index visit = b * block_features + t;
      const S norm = inputs_.squared_norm(visit);
      const S* w = weights(b, t);
      const S* s = projections_.data() + t * span_;
      const S* h = inputs_.gram(b) + t * kernels::gram_stride;
      S* d = changes_.data() + t * span_;
      const int row = static_cast<int>(t);
      if (!(norm > 0))
        std::fill(arguments_.begin(), arguments_.end(), S(0));
      else if (single())
        kernels.argument(span_, row, span_, s, h, changes_.data(), w, norm, arguments_.data());
      else
        kernels.argument_pair(span_, row, span_, s, inputs_.mixed(b) + t * kernels::gram_stride, h, weights_.data(),
                              changes_.data(), norm, arguments_.data());
      decide(b, t);
      if (single()) {
        kernels.difference(span_, w, decisions_.data(), d);
      } else {
        std::transform(decisions_.begin(), decisions_.end(), d, [](S q) { return -q; });
        recheck_.extend(inputs_.plain_norm(visit), w);
      }
      recheck_.extend(std::sqrt(norm), d);
      // After the last look at w: the decisions may be written over the weights.
      std::copy_n(decisions_.data(), group_.neurons, decisions_of(b, t));
    }
    // What a last block leaves empty takes no part in the products.
    std::fill(changes_.data() + features_of(b) * span_, changes_.end(), S(0));
  }

  void decide(Index b, Index t) {
    S* q = decisions_.data();
    const Index visit = b * block_features + t;
    const Index feature = inputs_.feature(visit);
    const S norm = inputs_.squared_norm(visit);
    const S* c = arguments_.data();
    clipped_ += path_.rule.decide_some(feature, group_.first, group_.neurons, c, q, recheck_.margins());
    if (!(norm > 0)) return;
    recheck_.each_near(inputs_.samples(), std::sqrt(norm), group_.neurons, c, [&](Index j) {
      const S again = plain_argument(b, t, j);
      S ignored = 0;
      clipped_ -= path_.rule.decide_some(feature, group_.first + j, 1, c + j, &ignored, nullptr);
      clipped_ += path_.rule.decide_some(feature, group_.first + j, 1, &again, q + j, nullptr);
    });
  }

  /// c_t of neuron j as the plain recurrence computes it, from the state at the start of the block.
  S plain_argument(Index b, Index t, Index j) {
    const Index stride = strip_width();
    const S* u = strip_state(j / stride) + j % stride;
    const S* xq = inputs_.quantized().block(b);
    const S* x = single() ? xq : inputs_.plain().block(b);
    const bool started = b > 0 || !path_.from_zero;
    const auto change = [&](Index k) { return changes_[size(k * span_ + j)]; };
    S sum = 0;
    for (Index i = 0; i < inputs_.samples(); ++i) {
      S state = started ? u[i * stride] : S(0);
      for (Index k = 0; k < t; ++k) {
        if (!single()) state = std::fma(x[i * block_features + k], weights(b, k)[j], state);
        state = std::fma(xq[i * block_features + k], change(k), state);
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
    const bool first_block = b == 0;
    const bool last_block = b + 1 == inputs_.blocks();
    std::fill(projections_.begin(), projections_.end(), S(0));
    for (Index start = 0; start < inputs_.samples(); start += panel_rows) {
      const Index rows = std::min(panel_rows, inputs_.samples() - start);
      const Index origin = start * block_features;
      const S* xq = inputs_.quantized().block(b) + origin;
      for (Index strip = 0; strip < group_.strips; ++strip) {
        const Index first = strip * strip_width();
        S* u = strip_state(strip) + start * strip_width();
        if (first_block && path_.from_zero) std::fill_n(u, rows * strip_width(), S(0));
        if (single())
          group_.kernels->update(rows, xq, span_, changes_.data() + first, u);
        else
          group_.kernels->update_pair(rows, inputs_.plain().block(b) + origin, xq, span_, weights_.data() + first,
                                      changes_.data() + first, u);
        if (last_block) {
          store_state(strip, start, rows, u);
          continue;
        }
        const bool last_strip = strip + 1 == group_.strips;
        const S* ahead =
            last_strip ? strip_state(0) + (start + rows) * strip_width() : u + inputs_.samples() * strip_width();
        group_.kernels->project(rows, inputs_.quantized().block(b + 1) + origin, u, span_, projections_.data() + first,
                                ahead);
      }
    }
  }

  StripPath<S>& path_;
  const StripInputs<S>& inputs_;
  Group<S> group_;
  Index span_;
  AlignedBuffer<S> state_;        // strip by strip, m x R
  AlignedBuffer<S> projections_;  // S_b
  AlignedBuffer<S> weights_;      // V_b, where a copy is needed
  AlignedBuffer<S> changes_;      // V_b - D_b (single) or -D_b (pair)
  AlignedBuffer<S> arguments_;    // c_t
  AlignedBuffer<S> decisions_;    // d_t
  Recheck<S> recheck_;
  std::int64_t clipped_ = 0;
};

}  // namespace

template <class S>
void StripPath<S>::follow(const Interrupt& interrupt, Team& team) {
  const std::vector<Group<S>> groups = groups_of<S>(weights.cols(), team.threads());
  const Interrupt own = interrupt;
  team.share(next, std::ssize(groups),
             [&](Index i) { clipped += Follower<S>(*this, groups[static_cast<std::size_t>(i)]).follow(own); });
}

template struct StripPath<float>;
template struct StripPath<double>;

}  // namespace pathquant
