#include "core/alphabet/mse_step.hpp"

#include <algorithm>
#include <cmath>

namespace pathquant {
namespace {

// Levels l_0 < l_1 < .. that |w|/s crosses as it rises from 0; all midpoints are positive.
class LevelsOnOneSide {
 public:
  static LevelsOnOneSide uniform(AlphabetKind kind, std::int64_t half_levels) {
    LevelsOnOneSide side;
    side.offset_ = kind == AlphabetKind::midrise ? 0.5 : 0.0;
    side.last_ = half_levels - (kind == AlphabetKind::midrise ? 1 : 0);
    return side;
  }
  // The values from the one nearest to 0 on (in a tie, the one on this side).
  static LevelsOnOneSide listed(const std::vector<double>& ascending) {
    std::size_t first = 0;
    while (first + 1 < ascending.size() && ascending[first] + ascending[first + 1] <= 0) ++first;
    LevelsOnOneSide side;
    side.values_.assign(ascending.begin() + static_cast<std::ptrdiff_t>(first), ascending.end());
    side.last_ = static_cast<std::int64_t>(side.values_.size()) - 1;
    return side;
  }

  std::int64_t last() const { return last_; }
  double level(std::int64_t code) const {
    return values_.empty() ? static_cast<double>(code) + offset_ : values_[static_cast<std::size_t>(code)];
  }
  double midpoint_above(std::int64_t code) const { return (level(code) + level(code + 1)) / 2; }

  // The level nearest to z >= 0.
  double nearest(double z) const {
    if (values_.empty()) return std::clamp(std::floor(z - offset_ + 0.5), 0.0, static_cast<double>(last_)) + offset_;
    std::int64_t code = 0;
    while (code < last_ && z >= midpoint_above(code)) ++code;
    return level(code);
  }

 private:
  double offset_ = 0;
  std::int64_t last_ = 0;
  std::vector<double> values_;  // empty for uniform levels
};

struct Weight {
  double size;
  double importance;  // h
  const LevelsOnOneSide* side;
  std::int64_t code = 0;
};

struct Crossing {
  double step;
  std::size_t weight;
  // The heap has the largest step on top. The index fixes the order of equal steps, and so the sums, on every platform.
  bool operator<(const Crossing& other) const {
    return step < other.step || (step == other.step && weight > other.weight);
  }
};

class Search {
 public:
  explicit Search(std::vector<Weight> weights) : weights_(std::move(weights)) {}

  std::optional<double> best_step() {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const Weight& weight = weights_[i];
      energy_ += weight.importance * weight.size * weight.size;
      add(weight, weight.side->level(0));
      push(i);
    }
    std::make_heap(crossings_.begin(), crossings_.end());
    judge();
    for (std::size_t crossed = 1; !crossings_.empty(); ++crossed) {
      cross_next();
      // Crossings at equal steps are evaluated one by one: a weight at a midpoint may take either code.
      judge();
      if (crossed % weights_.size() == 0 && !crossings_.empty() && nothing_better_below(crossings_.front().step)) break;
    }
    if (best_gain_ <= 0) return std::nullopt;
    return step_of_nearest_codes(best_step_);
  }

 private:
  void add(const Weight& weight, double level) {
    product_ += weight.importance * weight.size * level;
    squares_ += weight.importance * level * level;
  }

  // Appends the crossing; the caller restores the heap.
  void push(std::size_t i) {
    const Weight& weight = weights_[i];
    if (weight.size > 0 && weight.code < weight.side->last())
      crossings_.push_back({weight.size / weight.side->midpoint_above(weight.code), i});
  }

  void cross_next() {
    std::pop_heap(crossings_.begin(), crossings_.end());
    const std::size_t i = crossings_.back().weight;
    crossings_.pop_back();
    Weight& weight = weights_[i];
    const double lower = weight.side->level(weight.code);
    const double upper = weight.side->level(weight.code + 1);
    product_ += weight.importance * weight.size * (upper - lower);
    squares_ += weight.importance * (upper * upper - lower * lower);
    ++weight.code;
    const std::size_t before = crossings_.size();
    push(i);
    if (crossings_.size() > before) std::push_heap(crossings_.begin(), crossings_.end());
  }

  void judge() {
    if (product_ <= 0 || squares_ <= 0) return;
    const double gain = product_ * product_ / squares_;
    if (gain <= best_gain_) return;
    best_gain_ = gain;
    best_step_ = product_ / squares_;
  }

  // Whether, at every step up to this one, the weights beyond the largest level alone cost more than the best step.
  bool nothing_better_below(double step) const {
    double beyond = 0;
    for (const Weight& weight : weights_) {
      const double largest = std::max(weight.side->level(weight.side->last()), 0.0);
      const double excess = std::max(weight.size - largest * step, 0.0);
      beyond += weight.importance * excess * excess;
    }
    return beyond > energy_ - best_gain_ + 1e-12 * energy_;
  }

  // Recomputes A and B from the codes at the best step, without the rounding errors of many crossings.
  double step_of_nearest_codes(double step) {
    product_ = squares_ = 0;
    for (const Weight& weight : weights_) add(weight, weight.side->nearest(weight.size / step));
    return product_ > 0 && squares_ > 0 ? product_ / squares_ : step;
  }

  std::vector<Weight> weights_;
  std::vector<Crossing> crossings_;
  double energy_ = 0;   // sum h w^2
  double product_ = 0;  // A
  double squares_ = 0;  // B
  double best_gain_ = 0;
  double best_step_ = 0;
};

std::vector<double> mirrored(const std::vector<double>& values) {
  std::vector<double> mirror;
  for (auto v = values.rbegin(); v != values.rend(); ++v) mirror.push_back(-*v);
  return mirror;
}

}  // namespace

std::optional<double> mse_step(const RowMatrix<double>& weights, AlphabetKind kind,
                               std::optional<std::int64_t> half_levels, const std::vector<double>& values,
                               const Vector& feature_weights) {
  const bool listed = kind == AlphabetKind::list;
  const auto up = listed ? LevelsOnOneSide::listed(values) : LevelsOnOneSide::uniform(kind, half_levels.value());
  const auto down = listed ? LevelsOnOneSide::listed(mirrored(values)) : up;
  std::vector<Weight> list;
  list.reserve(static_cast<std::size_t>(weights.size()));
  for (Index t = 0; t < weights.rows(); ++t) {
    const double importance = feature_weights.size() > 0 ? feature_weights(t) : 1;
    for (const double w : weights.row(t)) list.push_back({std::abs(w), importance, w < 0 ? &down : &up});
  }
  return Search(std::move(list)).best_step();
}

}  // namespace pathquant
