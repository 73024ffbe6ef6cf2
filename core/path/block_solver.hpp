// The decisions of one block of features for a group of neurons, feature by feature, from the projections on the state
// at the start of the block: what the blocked forms of path following share.
//
//   symbol  shape   meaning
//   B               features of a block
//   s_t             <Xq_t, u> for the state u at the start of the block
//   H, G    B x B   lower triangles of Xq_b^T Xq_b and Xq_b^T X_b
//
//   single  c_t = v_t + (s_t + sum_{k<t} H_tk e_k) / H_tt,                          e_t = v_t - d_t
//   pair    c_t = (s_t + sum_{k<t} (G_tk v_k + H_tk e_k) + G_tt v_t) / H_tt,        e_t = -d_t
#pragma once

#include <algorithm>
#include <cmath>

#include "core/aligned_buffer.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/path/packed_inputs.hpp"
#include "core/path/recheck.hpp"
#include "core/quantizers/decision_rule.hpp"

namespace pathquant {

template <class S>
class BlockSolver {
 public:
  /// For neurons first .. first+neurons-1; rows of `span` >= neurons numbers, a multiple of 32 bytes of them. `samples`
  /// and `terms`: core/path/recheck.hpp.
  BlockSolver(const DecisionRule<S>& rule, Index first, Index neurons, Index span, Index samples, Index terms)
      : rule_(rule),
        first_(first),
        neurons_(neurons),
        span_(span),
        samples_(samples),
        projections_(size(block_features * span)),
        changes_(size(block_features * span)),
        arguments_(size(span)),
        decisions_(size(span)),
        recheck_(span, terms) {
    for (auto* block : {&projections_, &changes_, &decisions_}) std::fill(block->begin(), block->end(), S(0));
  }

  S* projections() { return projections_.data(); }           ///< s, B x span
  const S* changes() const { return changes_.data(); }       ///< e, B x span
  const S* decisions() const { return decisions_.data(); }   ///< d_t of the last feature
  S argument(Index j) const { return arguments_[size(j)]; }  ///< c_t of neuron j at the last feature
  Recheck<S>& recheck() { return recheck_; }
  std::int64_t clipped() const { return clipped_; }

  /// Row t of the block: `norm` is H_tt, `h` row t of H, `v` row t of V (span numbers). plain(j) is the argument of
  /// neuron j as the plain recurrence computes it.
  template <class Plain>
  void single(Index t, Index feature, S norm, const S* h, const S* v, Plain&& plain) {
    S* const change = changes_.data() + t * span_;
    if (norm > 0)
      kernels_.argument(span_, static_cast<int>(t), span_, projections_.data() + t * span_, h, changes_.data(), v,
                        S(1) / norm, arguments_.data());
    decide(feature, norm, plain);
    kernels_.difference(span_, v, decisions_.data(), change);
    recheck_.extend(std::sqrt(norm), change);
  }

  /// The same with `g` row t of G, `weights` all of V (B x span), and `plain_norm` = ||X_t||.
  template <class Plain>
  void pair(Index t, Index feature, S norm, const S* h, const S* g, S plain_norm, const S* weights, Plain&& plain) {
    S* const change = changes_.data() + t * span_;
    if (norm > 0)
      kernels_.argument_pair(span_, static_cast<int>(t), span_, projections_.data() + t * span_, g, h, weights,
                             changes_.data(), S(1) / norm, arguments_.data());
    decide(feature, norm, plain);
    std::transform(decisions_.begin(), decisions_.end(), change, [](S d) { return -d; });
    recheck_.extend(plain_norm, weights + t * span_);
    recheck_.extend(std::sqrt(norm), change);
  }

  /// What a last block of `features` leaves empty takes no part in the products.
  void clear_from(Index features) { std::fill(changes_.data() + features * span_, changes_.end(), S(0)); }

 private:
  static std::size_t size(Index n) { return static_cast<std::size_t>(n); }

  template <class Plain>
  void decide(Index feature, S norm, Plain&& plain) {
    if (!(norm > 0)) std::fill(arguments_.begin(), arguments_.end(), S(0));
    const S* c = arguments_.data();
    S* d = decisions_.data();
    clipped_ += rule_.decide_some(feature, first_, neurons_, c, d, recheck_.margins());
    if (!(norm > 0)) return;
    recheck_.each_near(samples_, std::sqrt(norm), neurons_, c, [&](Index j) {
      const S again = plain(j);
      S ignored = 0;
      clipped_ -= rule_.decide_some(feature, first_ + j, 1, c + j, &ignored, nullptr);
      clipped_ += rule_.decide_some(feature, first_ + j, 1, &again, d + j, nullptr);
    });
  }

  const kernels::SolveKernels<S>& kernels_ = kernels::active_solvers<S>();
  const DecisionRule<S>& rule_;
  Index first_, neurons_, span_, samples_;
  AlignedBuffer<S> projections_;
  AlignedBuffer<S> changes_;
  AlignedBuffer<S> arguments_;
  AlignedBuffer<S> decisions_;
  Recheck<S> recheck_;
  std::int64_t clipped_ = 0;
};

}  // namespace pathquant
