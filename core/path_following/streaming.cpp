#include "core/path_following/streaming.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/decision/draws.hpp"
#include "core/kernels/streaming_kernels.hpp"

namespace pathquant {
namespace {

std::size_t size(Index n) {
  return static_cast<std::size_t>(n);
}

double sum(const auto& lanes, Index neurons) {
  double total = 0;
  for (Index j = 0; j < neurons; ++j) total += static_cast<double>(lanes[size(j)]);
  return total;
}

// `neurons` numbers from `first` on of rows that are `from` numbers long, as rows of L numbers, filled up with zeros:
// where they are to be, or where they are already.
template <Index L, class Number>
const Number* columns_of(const Number* rows, Index from, Index first, Index neurons, Index count, Number* out) {
  if (from == L && neurons == L) return rows;
  for (Index t = 0; t < count; ++t) {
    std::copy_n(rows + t * from + first, neurons, out + t * L);
    std::fill_n(out + t * L + neurons, L - neurons, Number(0));
  }
  return out;
}

}  // namespace

template <class S>
Index chunk_features(Index samples) {
  constexpr Index bytes = Index{1} << 16;
  const Index fitting = bytes / (static_cast<Index>(sizeof(S)) * samples);
  return std::clamp<Index>(fitting / kernels::streaming_block, 8, 64) * kernels::streaming_block;
}
template Index chunk_features<float>(Index);
template Index chunk_features<double>(Index);

template <class S>
FeatureChunk<S>::FeatureChunk(Index samples, Index neurons)
    : inputs(size(samples * chunk_features<S>(samples))), weights(size(neurons * chunk_features<S>(samples))) {
  std::fill(inputs.begin(), inputs.end(), S(0));
}

/// The neurons of one narrow group.
template <class S>
class StreamedPath<S>::Group {
 public:
  static constexpr Index lanes = kernels::streaming_neurons<S>;

  Group(LayerShape shape, const DecisionRule<S>& rule, bool path_following, Index first, const Vector& steps,
        double shift)
      : rule_(rule),
        levels_(rule.levels()),
        path_following_(path_following),
        shape_(shape),
        first_(first),
        neurons_(std::min(lanes, shape.neurons - first)),
        shift_(static_cast<S>(shift)),
        weights_(size(chunk_features<S>(shape.samples) * lanes)),
        decisions_(weights_.size()),
        changes_(path_following ? 0 : weights_.size()),
        all_steps_(changes_.size()),
        draws_(levels_ && levels_->draws ? size(chunk_features<S>(shape.samples) * drawn()) : 0),
        group_draws_(draws_.size() == 0 ? 0 : weights_.size()),
        state_(size(shape.samples * lanes)),
        signal_(state_.size()),
        steps_(size(lanes)),
        level_steps_(size(lanes)),
        signal_sum_(state_.size(), 0.0),
        largest_weights_(size(lanes), 0.0),
        largest_levels_(size(lanes), 0.0) {
    std::fill(state_.begin(), state_.end(), S(0));
    std::fill(signal_.begin(), signal_.end(), S(0));
    std::fill(steps_.begin(), steps_.end(), S(1));
    for (Index j = 0; j < neurons_; ++j) steps_[size(j)] = static_cast<S>(steps(first + j));
    std::copy(steps_.begin(), steps_.end(), level_steps_.begin());
    if (levels_) std::copy_n(levels_->steps + first, neurons_, level_steps_.begin());
    for (std::size_t i = 0; i < all_steps_.size(); ++i) all_steps_[i] = level_steps_[i % size(lanes)];
  }

  /// Follows a chunk and writes the squared norms of its columns.
  void add(const FeatureChunk<S>& chunk, S* norms) {
    const S* weights =
        columns_of<lanes>(chunk.weights.data(), shape_.neurons, first_, neurons_, chunk.count, weights_.data());
    current_ = chunk.first;
    kernels::StreamingChunk<S> narrow{.samples = shape_.samples,
                                      .count = chunk.count,
                                      .neurons = neurons_,
                                      .inputs = chunk.inputs.data(),
                                      .weights = weights,
                                      .decisions = decisions_.data(),
                                      .squared_norms = norms,
                                      .steps = level_steps_.data(),
                                      .draws = draw(chunk),
                                      .decider = {&Group::decide, this},
                                      .state = state_.data(),
                                      .signal = signal_.data()};
    if (levels_) narrow.range = levels_->range;
    if (path_following_)
      clipped_ += follow()(narrow);
    else
      round(narrow);
    end_chunk(narrow);
  }

  void report(StreamedSums& sums) const {
    for (Index i = 0; i < shape_.samples; ++i)
      for (Index j = 0; j < neurons_; ++j) {
        sums.state(i, first_ + j) = static_cast<double>(state_[size(i * lanes + j)]);
        sums.signal(i, first_ + j) = signal_sum_[size(i * lanes + j)];
      }
    for (Index j = 0; j < neurons_; ++j) {
      sums.largest_weights(first_ + j) = largest_weights_[size(j)];
      sums.largest_levels(first_ + j) = largest_levels_[size(j)];
    }
    sums.clipped += clipped_;
    sums.zeros += zeros_;
    sums.weight_energy += weight_energy_;
    sums.weight_error_energy += weight_error_energy_;
    const double weights = static_cast<double>(shape_.width) * static_cast<double>(shape_.neurons);
    sums.squares += squares_ / weights;
    sums.distances += distances_ / weights;
    sums.products += products_ / weights;
  }

 private:
  /// Draws of a row: all neurons, filled up so that rows are whole blocks of words.
  Index drawn() const { return whole_blocks(shape_.neurons); }

  const kernels::Draw<S>* draw(const FeatureChunk<S>& chunk) {
    if (draws_.size() == 0) return nullptr;
    draw_rows(*levels_->draws, chunk.first, chunk.count, drawn(), draws_.data());
    return columns_of<lanes>(draws_.data(), drawn(), first_, neurons_, chunk.count, group_draws_.data());
  }

  typename kernels::StreamingKernels<S>::Follow follow() const {
    return levels_ ? levels_->kernel_of(kernels_) : kernels_.other;
  }

  static std::int64_t decide(const void* context, std::ptrdiff_t t, const S* c, S* d, S* margin) {
    const Group& group = *static_cast<const Group*>(context);
    return group.rule_.decide_some(group.current_ + t, group.first_, group.neurons_, c, d, margin);
  }

  // Every weight by itself.
  void round(const kernels::StreamingChunk<S>& chunk) {
    if (levels_ && levels_->kind != LevelRule<S>::Kind::stochastic) {
      clipped_ +=
          rounding()(levels_->range, chunk.count * lanes, chunk.weights, all_steps_.data(), decisions_.data(), nullptr);
    } else {
      std::fill(decisions_.begin(), decisions_.end(), S(0));
      for (Index t = 0; t < chunk.count; ++t)
        clipped_ += rule_.decide_some(current_ + t, first_, neurons_, chunk.weights + t * lanes,
                                      decisions_.data() + t * lanes, nullptr);
    }
    kernels_.accumulate(chunk.samples, chunk.count, chunk.inputs, chunk.weights, signal_.data());
    std::transform(chunk.weights, chunk.weights + chunk.count * lanes, decisions_.data(), changes_.data(),
                   std::minus<>());
    kernels_.accumulate(chunk.samples, chunk.count, chunk.inputs, changes_.data(), state_.data());
    kernels_.squared_norms(chunk.samples, chunk.count, chunk.inputs, chunk.squared_norms);
  }
  typename kernels::LevelKernels<S>::Decide rounding() const {
    const auto& levels = kernels::active_levels<S>();
    return levels_->kind == LevelRule<S>::Kind::soft   ? levels.soft
           : levels_->kind == LevelRule<S>::Kind::hard ? levels.hard
                                                       : levels.nearest;
  }

  void end_chunk(const kernels::StreamingChunk<S>& chunk) {
    kernels::StreamingTally<S> tally;
    kernels_.tally(chunk.count, chunk.weights, chunk.decisions, steps_.data(), shift_, tally);
    weight_energy_ += sum(tally.weight_energy, neurons_);
    weight_error_energy_ += sum(tally.error_energy, neurons_);
    zeros_ += static_cast<std::int64_t>(sum(tally.zeros, neurons_));
    squares_ += sum(tally.squares, neurons_);
    distances_ += sum(tally.distances, neurons_);
    products_ += sum(tally.products, neurons_);
    for (Index j = 0; j < neurons_; ++j) {
      largest_weights_[size(j)] = std::max(largest_weights_[size(j)], static_cast<double>(tally.largest_weight[j]));
      largest_levels_[size(j)] = std::max(largest_levels_[size(j)], static_cast<double>(tally.largest_level[j]));
    }
    for (std::size_t i = 0; i < signal_.size(); ++i) signal_sum_[i] += static_cast<double>(signal_[i]);
    std::fill(signal_.begin(), signal_.end(), S(0));
  }

  const kernels::StreamingKernels<S>& kernels_ = kernels::active_streaming<S>();
  const DecisionRule<S>& rule_;
  std::optional<LevelRule<S>> levels_;
  bool path_following_;
  LayerShape shape_;
  Index first_, neurons_;
  Index current_ = 0;  // first feature of the chunk at hand
  S shift_;
  AlignedBuffer<S> weights_;    // chunk x L
  AlignedBuffer<S> decisions_;  // chunk x L
  AlignedBuffer<S> changes_;    // W - Q, where every weight is rounded by itself
  AlignedBuffer<S> all_steps_;  // the same: steps of the neurons, row by row
  AlignedBuffer<kernels::Draw<S>> draws_;
  AlignedBuffer<kernels::Draw<S>> group_draws_;
  AlignedBuffer<S> state_;        // m x L
  AlignedBuffer<S> signal_;       // m x L, of the chunk at hand
  AlignedBuffer<S> steps_;        // of the levels that sums are about
  AlignedBuffer<S> level_steps_;  // of the levels that decide
  std::vector<double> signal_sum_;
  std::vector<double> largest_weights_, largest_levels_;
  double weight_energy_ = 0, weight_error_energy_ = 0, squares_ = 0, distances_ = 0, products_ = 0;
  std::int64_t clipped_ = 0, zeros_ = 0;
};

template <class S>
StreamedPath<S>::StreamedPath(LayerShape shape, const DecisionRule<S>& rule, bool path_following, const Vector& steps,
                              double shift)
    : shape_(shape),
      norms_(size(chunk_features<S>(shape.samples) + 8)),
      chunk_total_(size(shape.samples)),
      total_(Vector::Zero(shape.samples)) {
  groups_.reserve(size(shape.neurons / Group::lanes + 1));
  for (Index first = 0; first < shape.neurons; first += Group::lanes)
    groups_.emplace_back(shape, rule, path_following, first, steps, shift);
}

template <class S>
StreamedPath<S>::~StreamedPath() = default;

template <class S>
void StreamedPath<S>::add(const FeatureChunk<S>& chunk) {
  for (Group& group : groups_) group.add(chunk, norms_.data());
  add_norms(chunk.count);
  std::fill(chunk_total_.begin(), chunk_total_.end(), S(0));
  kernels::active_streaming<S>().total(shape_.samples, chunk.count, chunk.inputs.data(), chunk_total_.data());
  for (Index i = 0; i < shape_.samples; ++i) total_(i) += static_cast<double>(chunk_total_[size(i)]);
}

template <class S>
void StreamedPath<S>::add_norms(Index count) {
  constexpr Index lanes = 8;  // sums that do not wait for each other
  double sums[lanes] = {};
  S largest[lanes] = {};
  int wrong = 0;
  std::fill(norms_.data() + count, norms_.data() + count + lanes, S(0));
  for (Index t = 0; t < count; t += lanes)
    for (Index l = 0; l < lanes; ++l) {
      const S norm = norms_[size(t + l)];
      const bool normal = norm >= std::numeric_limits<S>::min() && norm <= std::numeric_limits<S>::max();
      wrong |= static_cast<int>(!normal && norm != 0);
      largest[l] = largest[l] < norm ? norm : largest[l];
      sums[l] += static_cast<double>(norm);
    }
  if (wrong != 0) throw std::domain_error("the squared norm of a column of X is no normal number: scale the inputs");
  for (Index l = 0; l < lanes; ++l) {
    input_energy_ += sums[l];
    largest_squared_norm_ = std::max(largest_squared_norm_, static_cast<double>(largest[l]));
  }
}

template <class S>
StreamedSums StreamedPath<S>::sums() const {
  StreamedSums sums;
  sums.state.resize(shape_.samples, shape_.neurons);
  sums.signal.resize(shape_.samples, shape_.neurons);
  sums.largest_weights.resize(shape_.neurons);
  sums.largest_levels.resize(shape_.neurons);
  for (const Group& group : groups_) group.report(sums);
  sums.input_energy = input_energy_;
  sums.largest_norm = std::sqrt(largest_squared_norm_);
  sums.total_input_energy = total_.squaredNorm();
  return sums;
}

template struct FeatureChunk<float>;
template struct FeatureChunk<double>;
template class StreamedPath<float>;
template class StreamedPath<double>;

}  // namespace pathquant
