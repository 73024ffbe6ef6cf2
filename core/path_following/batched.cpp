#include "core/path_following/batched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "core/decision/draws.hpp"
#include "core/kernels/batched_kernels.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {
namespace {

constexpr Index chunk_features = 128;  // at most 255: core/kernels/batched_kernels.hpp

void require(bool holds, const char* rule) {
  if (!holds) throw std::invalid_argument(rule);
}

template <class S>
bool same_levels(const LevelRule<S>& a, const LevelRule<S>& b) {
  return a.kind == b.kind && a.range.h == b.range.h && a.range.lowest == b.range.lowest &&
         a.range.highest == b.range.highest && a.range.ties_to_lower == b.range.ties_to_lower &&
         a.range.threshold == b.range.threshold;
}

/// The rules of all layers in terms of levels, once everything is what it has to be.
template <class S>
std::vector<LevelRule<S>> checked(std::span<const BatchedLayer<S>> layers) {
  require(!layers.empty(), "lanes need at least one layer");
  std::vector<LevelRule<S>> rules;
  rules.reserve(layers.size());
  for (const BatchedLayer<S>& layer : layers) {
    require(layer.inputs != nullptr && layer.weights != nullptr && layer.rule != nullptr && layer.decisions != nullptr,
            "a layer in lanes needs inputs, weights, a rule and a place for its decisions");
    const Matrix<S>& x = *layer.inputs;
    const RowMatrix<S>& w = *layer.weights;
    require(x.rows() >= 1 && x.cols() >= 1 && w.cols() >= 1, "a layer in lanes needs m, N, P >= 1");
    require(x.rows() == layers[0].inputs->rows() && x.cols() == layers[0].inputs->cols() &&
                w.cols() == layers[0].weights->cols() && w.rows() == x.cols(),
            "layers in lanes must have one shape: X m x N and W N x P, with the same m, N and P for all");
    require(layer.state == nullptr || layer.state->size() == 0 ||
                (layer.state->rows() == x.rows() && layer.state->cols() == w.cols()),
            "the state of a layer must be empty or m x P");
    const std::optional<LevelRule<S>> rule = layer.rule->levels();
    require(rule.has_value(), "lanes need rules of equispaced levels with one step for a neuron");
    rules.push_back(*rule);
    require(same_levels(rules.back(), rules.front()),
            "the rules of layers in lanes must be of one kind and have the same levels in units of their steps");
  }
  return rules;
}

/// One group of lanes after another; neuron j of layer k is number k P + j.
template <class S>
class Lanes {
 public:
  static constexpr Index G = kernels::batched_group<S>;
  using Draw = kernels::Draw<S>;

  Lanes(std::span<const BatchedLayer<S>> layers, std::span<const LevelRule<S>> rules, std::span<std::int64_t> clipped)
      : layers_(layers),
        rules_(rules),
        clipped_(clipped),
        samples_(layers[0].inputs->rows()),
        width_(layers[0].inputs->cols()),
        neurons_(layers[0].weights->cols()),
        state_size_(kernels::batched_state<S>(samples_)),
        states_(size(state_size_ * G)),
        spare_(size(width_)) {
    if (neurons_ > 1) weights_ = AlignedBuffer<S>(size(width_ * G)), decisions_ = AlignedBuffer<S>(size(width_ * G));
    if (rules[0].draws != nullptr) {
      draws_ = AlignedBuffer<Draw>(size(chunk_features * G));
      drawn_ = AlignedBuffer<Draw>(size(chunk_features * whole_blocks(neurons_)));
    }
  }

  Index groups() const { return (all() + G - 1) / G; }

  void follow(Index group, const ExecutionContext& execution) {
    begin(group * G, std::min(G, all() - group * G));
    const auto kernel = rules_[0].kernel_of(kernels::active_batched<S>());
    kernels::BatchedChunk<S> chunk{.samples = samples_,
                                   .features = width_,
                                   .inputs = inputs_at_,
                                   .weights = weights_at_,
                                   .decisions = decisions_at_,
                                   .steps = steps_,
                                   .range = rules_[0].range,
                                   .draws = draws_.data(),
                                   .states = states_.data(),
                                   .reach = reach_,
                                   .clipped = counts_};
    for (; chunk.first < width_; chunk.first += chunk.count) {
      execution.poll();
      chunk.count = std::min(chunk_features, width_ - chunk.first);
      if (draws_.size() > 0) draw(chunk.first, chunk.count);
      if (!kernel(chunk)) refuse();
    }
    end();
  }

 private:
  static std::size_t size(Index count) { return static_cast<std::size_t>(count); }
  Index all() const { return static_cast<Index>(layers_.size()) * neurons_; }
  void copy_strided(const S* from, Index step, S* to, Index stride) const {
    if (step == 1 && stride == 1)
      std::copy_n(from, samples_, to);
    else
      for (Index i = 0; i < samples_; ++i) to[i * stride] = from[i * step];
  }
  S* state_of(Index lane) { return states_.data() + lane * state_size_; }
  // A division takes as long as a step of a small layer.
  Index layer_of(Index lane) const { return neurons_ == 1 ? first_ + lane : (first_ + lane) / neurons_; }
  Index neuron_of(Index lane) const { return neurons_ == 1 ? 0 : (first_ + lane) % neurons_; }

  void begin(Index first, Index used) {
    first_ = first;
    used_ = used;
    std::fill_n(counts_, G, 0);
    for (Index lane = 0; lane < G; ++lane) {
      const Index same = std::min(lane, used - 1);
      const Index j = neuron_of(same);
      const BatchedLayer<S>& layer = layers_[size(layer_of(same))];
      inputs_at_[lane] = layer.inputs->data();
      steps_[lane] = rules_[size(layer_of(same))].steps[j];
      weights_at_[lane] = layer.weights->data();
      decisions_at_[lane] = lane < used ? layer.decisions->data() : spare_.data();
      if (neurons_ > 1) {
        S* const own = weights_.data() + lane * width_;
        for (Index t = 0; t < width_; ++t) own[t] = (*layer.weights)(t, j);
        weights_at_[lane] = own;
        decisions_at_[lane] = decisions_.data() + lane * width_;
      }
      S* const state = state_of(lane);
      std::fill_n(state, state_size_, S(0));
      if (layer.state != nullptr) copy_strided(layer.state->data() + j, neurons_, state, 1);
      const auto u = Eigen::Map<const Eigen::Matrix<S, Eigen::Dynamic, 1>>(state, samples_);
      reach_[lane] = S(1.0625) * u.norm();
    }
  }

  void draw(Index feature, Index count) {
    for (Index lane = 0; lane < used_;) {
      const Index first = neuron_of(lane);
      const Index here = std::min(neurons_ - first, used_ - lane);
      const Index row = whole_blocks(first + here);
      draw_rows(*rules_[size(layer_of(lane))].draws, feature, count, row, drawn_.data());
      for (Index t = 0; t < count; ++t)
        for (Index j = 0; j < here; ++j) draws_[size(t * G + lane + j)] = drawn_[size(t * row + first + j)];
      lane += here;
    }
    for (Index t = 0; t < count; ++t)
      for (Index lane = used_; lane < G; ++lane) draws_[size(t * G + lane)] = draws_[size(t * G + used_ - 1)];
  }

  void end() {
    for (Index lane = 0; lane < used_; ++lane) {
      const BatchedLayer<S>& layer = layers_[size(layer_of(lane))];
      const Index j = neuron_of(lane);
      clipped_[size(first_ + lane)] = counts_[lane];
      if (neurons_ > 1)
        for (Index t = 0; t < width_; ++t) (*layer.decisions)(t, j) = decisions_at_[lane][t];
      if (layer.state != nullptr) copy_strided(state_of(lane), 1, layer.state->data() + j, neurons_);
    }
  }

  /// Says of which layer what is wrong.
  [[noreturn]] void refuse() const {
    for (Index k = layer_of(0); k <= layer_of(used_ - 1); ++k) {
      try {
        LayerProblem<S>(*layers_[size(k)].inputs, std::nullopt, *layers_[size(k)].weights);
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(fmt::format("layer {}: {}", k, error.what()));
      }
    }
    throw std::logic_error("lanes refused layers that are right");
  }

  std::span<const BatchedLayer<S>> layers_;
  std::span<const LevelRule<S>> rules_;
  std::span<std::int64_t> clipped_;  // of every neuron
  Index samples_, width_, neurons_;
  Index state_size_;
  AlignedBuffer<S> states_;
  AlignedBuffer<S> spare_;                // decisions of lanes that are not needed
  AlignedBuffer<S> weights_, decisions_;  // neuron by neuron; where P > 1 they are apart
  AlignedBuffer<Draw> draws_, drawn_;
  Index first_ = 0, used_ = 0;
  const S* inputs_at_[G];
  const S* weights_at_[G];
  S* decisions_at_[G];
  S steps_[G], reach_[G];
  std::int64_t counts_[G];
};

}  // namespace

template <class S>
std::vector<std::int64_t> follow_batched(std::span<const BatchedLayer<S>> layers, const ExecutionContext& execution) {
  const std::vector<LevelRule<S>> rules = checked(layers);
  const Index samples = layers[0].inputs->rows(), width = layers[0].inputs->cols(), neurons = layers[0].weights->cols();
  for (const BatchedLayer<S>& layer : layers) {
    layer.decisions->resize(width, neurons);
    if (layer.state != nullptr && layer.state->size() == 0) layer.state->setZero(samples, neurons);
  }
  std::vector<std::int64_t> by_neuron(layers.size() * static_cast<std::size_t>(neurons));
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    const ExecutionContext own = execution;
    Lanes<S> lanes(layers, rules, by_neuron);
    team.share(next, lanes.groups(), [&](Index group) { lanes.follow(group, own); });
  });
  std::vector<std::int64_t> clipped(layers.size());
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto first = by_neuron.begin() + static_cast<Index>(k) * neurons;
    clipped[k] = std::accumulate(first, first + neurons, std::int64_t{0});
  }
  return clipped;
}

template std::vector<std::int64_t> follow_batched(std::span<const BatchedLayer<float>>, const ExecutionContext&);
template std::vector<std::int64_t> follow_batched(std::span<const BatchedLayer<double>>, const ExecutionContext&);

}  // namespace pathquant
