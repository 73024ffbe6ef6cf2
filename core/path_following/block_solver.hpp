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
#include <array>
#include <optional>

#include "core/decision/decision_rule.hpp"
#include "core/decision/draws.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/linalg/neuron_groups.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/path_following/recheck.hpp"

namespace pathquant {

/// One block as the solver wants it; what is not of a block's first `features` features is not looked at.
template <class S>
struct SolverBlock {
  template <class T>
  using PerFeature = std::array<T, static_cast<std::size_t>(block_features)>;

  Index features = 0;
  const S* h = nullptr;                       ///< H, rows gram_stride apart
  const S* g = nullptr;                       ///< G; nullptr: single
  PerFeature<Index> feature{};                ///< its place in the layer
  PerFeature<S> squared_norms{};              ///< H_tt
  std::optional<PerFeature<S>> weight_reach;  ///< core/path_following/recheck.hpp
  PerFeature<const S*> weights{};             ///< v_t, filled up to a span
  PerFeature<S*> decisions{};                 ///< d_t; single: may be v_t
  S* changes = nullptr;                       ///< e, B x R for each strip; zeros behind the features of the block
  Index changes_stride = 0;                   ///< from one strip's to the next one's
};

template <class S>
class BlockSolver {
 public:
  /// `samples` and `terms`: core/path_following/recheck.hpp.
  BlockSolver(const DecisionRule<S>& rule, const NeuronGroup<S>& group, Index samples, Index terms)
      : rule_(rule),
        levels_(rule.levels()),
        group_(group),
        projections_(size(block_features * group.span())),
        recheck_(group.span(), samples, terms) {
    std::fill(projections_.begin(), projections_.end(), S(0));
    if (group.neurons < group.span()) filled_up_ = AlignedBuffer<S>(size(block_features * group.span()));
    if (!levels_) return;
    steps_ = AlignedBuffer<S>(size(group.span()));
    std::fill(std::copy_n(levels_->steps + group.first, group.neurons, steps_.begin()), steps_.end(), S(1));
    if (levels_->draws == nullptr) return;
    draws_ = AlignedBuffer<kernels::Draw<S>>(size(block_features * group.span()));
    std::fill(draws_.begin(), draws_.end(), kernels::Draw<S>(0));
  }

  /// s of a strip, B x R.
  S* projections(Index strip) { return projections_.data() + strip * block_features * group_.strip_width(); }
  Recheck<S>& recheck() { return recheck_; }
  std::int64_t clipped() const { return clipped_; }

  /// plain(t, j, c) is the argument of neuron j at feature t of the block as the reference recurrence computes it,
  /// where the projections gave c; the decisions before it are decided(k, j).
  template <class Plain>
  void solve(const SolverBlock<S>& block, const Plain& plain) {
    const Call<Plain> call{*this, block, plain};
    typename SolverBlock<S>::template PerFeature<S*> decisions = block.decisions;
    if (filled_up_.size() > 0)
      for (Index t = 0; t < block.features; ++t) decisions[size(t)] = filled_up_.data() + t * group_.span();
    decided_ = decisions;
    const bool pair = block.g != nullptr;

    typename SolverBlock<S>::template PerFeature<S> inverses{};
    for (Index t = 0; t < block.features; ++t) {
      const S norm = block.squared_norms[size(t)];
      inverses[size(t)] = norm > 0 ? S(1) / norm : S(0);
    }

    kernels::BlockProblem<S> problem;
    problem.neurons = group_.neurons;
    problem.filled = group_.span();
    problem.features = static_cast<int>(block.features);
    problem.strip = group_.strip_width();
    problem.s = projections_.data();
    problem.g = block.g;
    problem.h = block.h;
    problem.inverses = inverses.data();
    problem.w = block.weights.data();
    problem.q = decisions.data();
    problem.e = block.changes;
    problem.e_stride = block.changes_stride;
    problem.decide = &Call<Plain>::decide;
    problem.again = &Call<Plain>::again;
    problem.self = &call;
    recheck_.describe(block.squared_norms, block.weight_reach, problem);

    const kernels::BlockKernels<S>& kernels = pair ? kernels_.pair : kernels_.single;
    if (levels_) {
      problem.range = levels_->range;
      problem.steps = steps_.data();
      if (draws_.size() > 0) draw_block(block);
      problem.draws = draws_.data();
      clipped_ += levels_->kernel_of(kernels)(problem);
    } else {
      clipped_ += kernels.other(problem);
    }
    if (filled_up_.size() > 0)
      for (Index t = 0; t < block.features; ++t)
        std::copy_n(decisions[size(t)], group_.neurons, block.decisions[size(t)]);
    // What a last block leaves empty takes no part in the products.
    for (Index strip = 0; strip < group_.strips; ++strip)
      std::fill_n(block.changes + strip * block.changes_stride + block.features * group_.strip_width(),
                  (block_features - block.features) * group_.strip_width(), S(0));
  }

  /// d_kj of the block at hand.
  S decided(Index k, Index j) const { return decided_[size(k)][j]; }

 private:
  template <class Plain>
  struct Call {
    const BlockSolver& solver;
    const SolverBlock<S>& block;
    const Plain& plain;

    static std::int64_t decide(const void* self, int t, std::ptrdiff_t j, std::ptrdiff_t count, const S* c, S* q,
                               S* margin) {
      const auto& [solver, block, plain] = *static_cast<const Call*>(self);
      return solver.rule_.decide_some(block.feature[size(t)], solver.group_.first + j, count, c, q, margin);
    }
    static std::int64_t again(const void* self, int t, std::ptrdiff_t j, S c, S* q) {
      const auto& [solver, block, plain] = *static_cast<const Call*>(self);
      const Index feature = block.feature[size(t)], neuron = solver.group_.first + j;
      const S plainly = plain(t, j, c);
      S ignored = 0;
      return solver.rule_.decide_some(feature, neuron, 1, &plainly, q, nullptr) -
             solver.rule_.decide_some(feature, neuron, 1, &c, &ignored, nullptr);
    }
  };

  static std::size_t size(Index n) { return static_cast<std::size_t>(n); }

  void draw_block(const SolverBlock<S>& block) {
    for (Index t = 0; t < block.features; ++t)
      draw(*levels_->draws, block.feature[size(t)], group_.first, group_.neurons, draws_.data() + t * group_.span());
  }

  const kernels::SolveKernels<S>& kernels_ = kernels::active_solvers<S>();
  const DecisionRule<S>& rule_;
  std::optional<LevelRule<S>> levels_;
  NeuronGroup<S> group_;
  AlignedBuffer<S> projections_;
  AlignedBuffer<S> filled_up_;  // decisions of a block, where a row of them would end within a vector
  AlignedBuffer<S> steps_;
  AlignedBuffer<kernels::Draw<S>> draws_;
  typename SolverBlock<S>::template PerFeature<S*> decided_{};
  Recheck<S> recheck_;
  std::int64_t clipped_ = 0;
};

}  // namespace pathquant
