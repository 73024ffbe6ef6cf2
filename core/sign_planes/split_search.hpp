// The best cut of sorted magnitudes in two, exactly, without sorting them all.
//
//   symbol   meaning
//   a_i, h_i n magnitudes and how much the squared error of each counts (core/sign_planes/magnitudes.hpp)
//   B, A     weight and moment of a set of them, about a centre c that keeps sums of nearly equal ones from cancelling
//   f(B, A)  what is gained by cutting off a set of small ones with this weight and moment; convex in both together
//
// For a_1 <= .. <= a_n the cuts are the points (B_k, A_k) of the first k. They lie on a convex curve: its slope
// a_k - c grows. Magnitudes are summed in buckets by their leading bits, which gives f at the ends of every bucket. In
// between, the curve stays in the triangle of these two ends and the corner where the lines through them with the least
// and the greatest slope of the bucket meet. A convex function is largest in a corner of a triangle. So a bucket holds
// no better cut than its ends unless its corner says so, and only such buckets are sorted and gone through: O(n) but
// for these.
//
// Source: derived.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/sign_planes/magnitudes.hpp"

namespace pathquant {

template <class S, class Weights, class Gain>
class SplitSearch {
 public:
  /// `gain` is f. All arguments must outlive the search.
  SplitSearch(std::span<const S> x, const Weights& h, const PowerOfTwoScale<S>& scale, double centre, const Gain& gain)
      : x_(x), h_(h), scale_(scale), centre_(centre), gain_(gain), best_gain_(gain(Mass{})) {}

  /// The mass of the small ones at the best cut: nothing where no cut gains.
  Mass best() {
    if (x_.size() <= few)
      go_through_all();
    else
      go_through_buckets();
    return best_;
  }

 private:
  using Bits = std::conditional_t<std::is_same_v<S, float>, std::uint32_t, std::uint64_t>;
  using Weight = std::decay_t<decltype(std::declval<Weights>()[0])>;
  // A bucket is 1/64 of a doubling wide. The lowest one takes all that is smaller than 2^-8 of the largest.
  static constexpr int shift = std::numeric_limits<S>::digits - 1 - 6;
  static constexpr std::size_t buckets = 8 * 64;
  static constexpr std::size_t few = 256;

  struct Item {
    S size;
    [[no_unique_address]] Weight weight;
    bool operator<(const Item& other) const { return size < other.size; }
  };

  double distance(S size) const { return scale_.down(size) - centre_; }

  void judge(const Mass& low) {
    const double gain = gain_(low);
    if (gain <= best_gain_) return;
    best_gain_ = gain;
    best_ = low;
  }

  // Whether a set of this mass with magnitudes from `least` to `greatest` may hold a better cut, up to rounding.
  bool promises(const Mass& before, const Mass& mass, S least, S greatest) const {
    const double slope = distance(least);
    const double width = distance(greatest) - slope;
    if (!(width > 0)) return false;
    const double at_least = (distance(greatest) * mass.weight - mass.moment) / width;
    const double corner = std::clamp(at_least, 0.0, mass.weight);
    return gain_(before + Mass{corner, corner * slope}) > best_gain_ * (1 - 1e-9);
  }

  void go_through(std::vector<Item>& items, Mass low) {
    std::sort(items.begin(), items.end());
    items.pop_back();  // what comes after the last one is judged elsewhere, or no cut at all
    for (const Item& item : items) {
      low.add(item.weight, distance(item.size));
      judge(low);
    }
  }

  void go_through_all() {
    std::vector<Item> items;
    items.reserve(x_.size());
    for (std::size_t i = 0; i < x_.size(); ++i) items.push_back({std::abs(x_[i]), h_[i]});
    go_through(items, Mass{});
  }

  static Bits key(S size) { return std::bit_cast<Bits>(size) >> shift; }
  std::size_t bucket(S size) const { return std::max(key(size), lowest_) - lowest_; }
  S least_of(std::size_t bucket) const {
    return bucket == 0 ? S(0) : std::bit_cast<S>((lowest_ + static_cast<Bits>(bucket)) << shift);
  }

  void go_through_buckets() {
    const S largest = largest_magnitude(x_);
    const Bits top = key(largest);
    lowest_ = top < buckets ? 0 : top - static_cast<Bits>(buckets - 1);
    std::vector<Mass> mass(buckets);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const S size = std::abs(x_[i]);
      mass[bucket(size)].add(h_[i], distance(size));
    }
    std::vector<Mass> before(buckets);
    Mass sum;
    for (std::size_t b = 0; b < buckets; ++b) {
      before[b] = sum;
      judge(sum = sum + mass[b]);
    }

    std::vector<std::uint8_t> promising(buckets);
    for (std::size_t b = 0; b < buckets && least_of(b) <= largest; ++b)
      promising[b] =
          mass[b].weight > 0 && promises(before[b], mass[b], least_of(b), b + 1 < buckets ? least_of(b + 1) : largest);
    std::vector<std::vector<Item>> contents(buckets);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const S size = std::abs(x_[i]);
      if (const std::size_t b = bucket(size); promising[b] != 0) contents[b].push_back({size, h_[i]});
    }
    for (std::size_t b = 0; b < buckets; ++b) {
      if (contents[b].empty()) continue;
      const auto [least, greatest] = std::minmax_element(contents[b].begin(), contents[b].end());
      if (promises(before[b], mass[b], least->size, greatest->size)) go_through(contents[b], before[b]);
    }
  }

  std::span<const S> x_;
  const Weights& h_;
  const PowerOfTwoScale<S>& scale_;
  double centre_;
  const Gain& gain_;
  Bits lowest_ = 0;  // key of the lowest bucket
  double best_gain_;
  Mass best_;
};

}  // namespace pathquant
