#include "core/alphabet/distribution_levels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace pathquant {
namespace {

using Numbers = std::vector<Extended>;

double to_forty_bits(Extended value) {
  int exponent = 0;
  const Extended fraction = std::frexp(value, &exponent);
  return static_cast<double>(std::ldexp(std::round(std::ldexp(fraction, 40)), exponent - 40));
}

// Levels above 0 of a symmetric quantizer, with or without a level at 0.
class PositiveLevels {
 public:
  PositiveLevels(const ScalarDistribution& law, bool zero) : law_(law), zero_(zero) {}

  // Mean squared error: twice that of the positive half-line.
  Extended error(const Numbers& l) const {
    Extended gain = 0;
    DistributionMoments below = law_.beyond(edge(l, 0));
    for (std::size_t i = 0; i < l.size(); ++i) {
      const DistributionMoments above = law_.beyond(edge(l, i + 1));
      const DistributionMoments cell = below - above;
      gain += 2 * l[i] * cell.first - l[i] * l[i] * cell.mass;
      below = above;
    }
    return 1 - 2 * gain;
  }

  // Takes one step towards the solution that lowers the error. Returns false where no step does.
  bool improve(Numbers& l) const {
    const std::size_t n = l.size();
    Numbers gradient(n), diagonal(n), off(n), mean(n);
    DistributionMoments below = law_.beyond(edge(l, 0));
    for (std::size_t i = 0; i < n; ++i) {
      const DistributionMoments above = law_.beyond(edge(l, i + 1));
      const DistributionMoments cell = below - above;
      below = above;
      gradient[i] = l[i] * cell.mass - cell.first;
      mean[i] = cell.mass > 0 ? cell.first / cell.mass : l[i];
      // An edge moves by half of what either level does.
      const Extended lower_gap = i > 0 ? l[i] - l[i - 1] : zero_ ? l[i] : 0;
      const Extended upper_gap = i + 1 < n ? l[i + 1] - l[i] : 0;
      diagonal[i] = cell.mass - law_.density(edge(l, i)) * lower_gap / 4;
      if (i + 1 < n) {
        off[i] = -law_.density(edge(l, i + 1)) * upper_gap / 4;
        diagonal[i] += off[i];
      }
    }
    if (Numbers step; newton_step(diagonal, off, gradient, step))
      for (Extended size = 1; size > 1e-6L; size /= 2)
        if (accept(l, moved(l, step, size))) return true;
    return accept(l, mean);
  }

 private:
  // The lower edge of cell i: a midpoint; for the first cell 0, or half the first level where 0 is a level.
  Extended edge(const Numbers& l, std::size_t i) const {
    if (i == 0) return zero_ ? l[0] / 2 : 0;
    return i == l.size() ? std::numeric_limits<Extended>::infinity() : (l[i - 1] + l[i]) / 2;
  }

  static Numbers moved(const Numbers& l, const Numbers& step, Extended size) {
    Numbers next(l);
    for (std::size_t i = 0; i < l.size(); ++i) next[i] -= size * step[i];
    return next;
  }

  bool accept(Numbers& l, const Numbers& next) const {
    if (!(next.front() > 0) || !std::is_sorted(next.begin(), next.end()) || !(error(next) < error(l))) return false;
    l = next;
    return true;
  }

  // Solves the tridiagonal system by elimination; false where the matrix is not positive definite.
  static bool newton_step(Numbers diagonal, const Numbers& off, Numbers right, Numbers& step) {
    const std::size_t n = right.size();
    for (std::size_t i = 0; i < n; ++i) {
      if (!(diagonal[i] > 0)) return false;
      if (i + 1 == n) break;
      const Extended factor = off[i] / diagonal[i];
      diagonal[i + 1] -= factor * off[i];
      right[i + 1] -= factor * right[i];
    }
    step.resize(n);
    for (std::size_t i = n; i-- > 0;) step[i] = (right[i] - (i + 1 < n ? off[i] * step[i + 1] : 0)) / diagonal[i];
    return true;
  }

  const ScalarDistribution& law_;
  bool zero_;
};

// Equispaced levels above 0, given by their step.
class UniformLevels {
 public:
  UniformLevels(const ScalarDistribution& law, bool zero, std::int64_t half_levels)
      : law_(law), zero_(zero), count_(static_cast<std::size_t>(half_levels)) {}

  Numbers levels(Extended step) const {
    Numbers l(count_);
    for (std::size_t i = 0; i < count_; ++i) l[i] = (static_cast<Extended>(i) + (zero_ ? 1 : 0.5L)) * step;
    return l;
  }
  Extended error(Extended step) const { return PositiveLevels(law_, zero_).error(levels(step)); }

  // dD/ds / 4 = sum_i c_i (c_i s m_0 - m_1), over the cells.
  Extended slope(Extended step) const {
    Extended sum = 0;
    DistributionMoments below = law_.beyond(zero_ ? step / 2 : 0);
    for (std::size_t i = 0; i < count_; ++i) {
      const Extended c = static_cast<Extended>(i) + (zero_ ? 1 : 0.5L);
      const DistributionMoments above = i + 1 < count_ ? law_.beyond((c + 0.5L) * step) : DistributionMoments{};
      const DistributionMoments cell = below - above;
      below = above;
      sum += c * (c * step * cell.mass - cell.first);
    }
    return sum;
  }

  Extended best() const {
    // The outermost level lies between half a standard deviation and the largest number that is worth a level.
    const Extended largest = static_cast<Extended>(count_) - (zero_ ? 0 : 0.5L);
    constexpr int points = 400;
    const auto at = [&](int i) { return std::pow(Extended(2000), static_cast<Extended>(i) / points) * 0.3L / largest; };
    int least = 0;
    Extended least_error = std::numeric_limits<Extended>::infinity();
    for (int i = 0; i <= points; ++i)
      if (const Extended d = error(at(i)); d < least_error) {
        least_error = d;
        least = i;
      }
    Extended low = at(least - 1), high = at(least + 1);
    while (high - low > high * 1e-19L) {
      const Extended middle = low + (high - low) / 2;
      if (middle == low || middle == high) break;
      (slope(middle) > 0 ? high : low) = middle;
    }
    return low;
  }

 private:
  const ScalarDistribution& law_;
  bool zero_;
  std::size_t count_;
};

// Levels above 0 of density proportional to p^{1/3}, the limit of optimal levels for many levels (Panter & Dite 1951).
Numbers companded(const ScalarDistribution& law, bool zero, std::size_t count) {
  constexpr int points = 4096;
  const auto place = [](int i) { return static_cast<Extended>(i) / (points - i); };  // 0 .. infinity
  Numbers sum(points);
  for (int i = 1; i < points; ++i)
    sum[i] = sum[i - 1] + std::cbrt(law.density((place(i - 1) + place(i)) / 2)) * (place(i) - place(i - 1));
  Numbers levels;
  int i = 1;
  for (std::size_t k = 0; k < count; ++k) {
    const Extended share =
        (static_cast<Extended>(k) + (zero ? 1 : 0.5L)) / (static_cast<Extended>(count) + (zero ? 0.5L : 0));
    const Extended wanted = share * sum.back();
    while (sum[i] < wanted) ++i;
    const Extended fraction = (wanted - sum[i - 1]) / (sum[i] - sum[i - 1]);
    levels.push_back(place(i - 1) + fraction * (place(i) - place(i - 1)));
  }
  return levels;
}

}  // namespace

DistributionStep best_uniform_step(const ScalarDistribution& law, AlphabetKind kind, std::int64_t half_levels) {
  if (kind == AlphabetKind::list || half_levels < 1 || half_levels > std::int64_t{1} << 20)
    throw std::invalid_argument("best uniform step: mid-tread or mid-rise levels with 1 <= K <= 2^20");
  const UniformLevels levels(law, kind == AlphabetKind::midtread, half_levels);
  const Extended step = levels.best();
  return {to_forty_bits(step), static_cast<double>(levels.error(step))};
}

DistributionLevels lloyd_max(const ScalarDistribution& law, std::int64_t levels) {
  if (levels < 2 || levels > 1024) throw std::invalid_argument("Lloyd-Max: 2 <= levels <= 1024");
  const bool zero = levels % 2 == 1;
  const PositiveLevels quantizer(law, zero);
  Numbers l = companded(law, zero, static_cast<std::size_t>(levels / 2));
  while (quantizer.improve(l)) {
  }
  DistributionLevels result;
  for (auto level = l.rbegin(); level != l.rend(); ++level) result.levels.push_back(-to_forty_bits(*level));
  if (zero) result.levels.push_back(0);
  for (const Extended level : l) result.levels.push_back(to_forty_bits(level));
  result.error = static_cast<double>(quantizer.error(l));
  return result;
}

double rounding_error_of(const ScalarDistribution& law, const std::vector<double>& levels) {
  // Moments over (a, b) on the whole line: the mirrored part's even moments are added, its first moment is subtracted.
  const auto between = [&](Extended a, Extended b) -> DistributionMoments {
    if (a >= 0) return law.between(a, b);
    const auto mirrored = [](DistributionMoments m) { return DistributionMoments{m.mass, -m.first, m.second}; };
    if (b <= 0) return mirrored(law.between(-b, -a));
    const DistributionMoments left = mirrored(law.between(0, -a)), right = law.between(0, b);
    return {left.mass + right.mass, left.first + right.first, left.second + right.second};
  };
  constexpr Extended infinite = std::numeric_limits<Extended>::infinity();
  Extended sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Extended l = levels[i];
    const DistributionMoments cell = between(i == 0 ? -infinite : (levels[i - 1] + l) / 2,
                                             i + 1 == levels.size() ? infinite : (l + levels[i + 1]) / 2);
    sum += cell.second - 2 * l * cell.first + l * l * cell.mass;
  }
  return static_cast<double>(sum);
}

}  // namespace pathquant
