#include "core/alphabet/data_levels.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace pathquant {
namespace {

// In extended precision: the error of a tight cluster is a small difference of sums over all numbers.
using Extended = long double;

class Clusters {
 public:
  Clusters(std::span<const double> numbers, std::span<const double> weights) {
    std::vector<std::pair<double, double>> sorted;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (const double h = weights.empty() ? 1 : weights[i]; h > 0) sorted.emplace_back(numbers[i], h);
    if (sorted.empty()) throw std::invalid_argument("levels need at least one number of positive weight");
    std::sort(sorted.begin(), sorted.end());
    centre_ = sorted[sorted.size() / 2].first;
    sums_.push_back({});
    for (const auto& [number, h] : sorted) {
      if (numbers_.empty() || number != numbers_.back()) {
        numbers_.push_back(number);
        sums_.push_back(sums_.back());
      }
      const Extended distance = number - centre_;
      sums_.back().weight += h;
      sums_.back().first += h * distance;
      sums_.back().second += h * distance * distance;
    }
  }

  /// Number of different values.
  std::size_t count() const { return numbers_.size(); }
  /// Squared error of numbers begin .. end - 1 about their mean.
  Extended error(std::size_t begin, std::size_t end) const {
    const Extended weight = sums_[end].weight - sums_[begin].weight;
    const Extended first = sums_[end].first - sums_[begin].first;
    // A weight lost to rounding in the sum over all others does not count.
    return weight > 0 ? std::max<Extended>(sums_[end].second - sums_[begin].second - first * first / weight, 0) : 0;
  }
  double mean(std::size_t begin, std::size_t end) const {
    const Extended weight = sums_[end].weight - sums_[begin].weight;
    if (!(weight > 0)) return numbers_[begin];
    return static_cast<double>(centre_ + (sums_[end].first - sums_[begin].first) / weight);
  }

 private:
  struct Sums {
    Extended weight = 0, first = 0, second = 0;
  };
  Extended centre_ = 0;
  std::vector<double> numbers_;  // different ones, ascending
  std::vector<Sums> sums_;       // sums over the first j different numbers
};

// Computes E_c(j) for all j from E_{c-1}, and the beginning of the last cluster.
class Layer {
 public:
  Layer(const Clusters& clusters, const std::vector<Extended>& before)
      : clusters_(clusters), before_(before), least_(before.size()), begin_(before.size()) {
    fill(1, before.size() - 1, 0, before.size() - 1);
  }

  std::vector<Extended>&& least() { return std::move(least_); }
  std::vector<std::uint32_t>&& begin() { return std::move(begin_); }

 private:
  // Solves for j from `first` to `last`, whose last cluster begins between `lowest` and `highest`.
  void fill(std::size_t first, std::size_t last, std::size_t lowest, std::size_t highest) {
    if (first > last) return;
    const std::size_t j = (first + last) / 2;
    Extended least = std::numeric_limits<Extended>::infinity();
    std::size_t best = lowest;
    for (std::size_t i = lowest; i <= std::min(highest, j - 1); ++i) {
      const Extended error = before_[i] + clusters_.error(i, j);
      if (error >= least) continue;
      least = error;
      best = i;
    }
    least_[j] = least;
    begin_[j] = static_cast<std::uint32_t>(best);
    fill(first, j - 1, lowest, best);
    fill(j + 1, last, best, highest);
  }

  const Clusters& clusters_;
  const std::vector<Extended>& before_;
  std::vector<Extended> least_;
  std::vector<std::uint32_t> begin_;
};

}  // namespace

std::vector<double> best_levels(std::span<const double> numbers, std::int64_t levels, std::span<const double> weights) {
  if (levels < 1) throw std::invalid_argument("an optimal quantizer has at least one level");
  const Clusters clusters(numbers, weights);
  const std::size_t count = std::min(static_cast<std::size_t>(levels), clusters.count());
  std::vector<std::vector<std::uint32_t>> begins(count);
  std::vector<Extended> least(clusters.count() + 1, std::numeric_limits<Extended>::infinity());
  least[0] = 0;
  for (auto& begin : begins) {
    Layer layer(clusters, least);
    begin = layer.begin();
    std::vector<Extended> next = layer.least();
    next[0] = 0;  // fewer numbers than levels
    least = std::move(next);
  }
  std::vector<double> result;
  std::size_t end = clusters.count();
  for (std::size_t c = count; c-- > 0;) {
    const std::size_t begin = begins[c][end];
    result.push_back(clusters.mean(begin, end));
    end = begin;
    if (end == 0) break;
  }
  std::reverse(result.begin(), result.end());
  return result;
}

}  // namespace pathquant
