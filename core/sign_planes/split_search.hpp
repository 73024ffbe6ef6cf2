// Exact search for the best split of sorted magnitudes into two sets, without a complete sort.
//
//   symbol   meaning
//   a_i, h_i n magnitudes and the weights of their squared errors (core/sign_planes/magnitudes.hpp)
//   B, A     weight and moment of a set of them, about a centre c that limits cancellation between nearly equal ones
//   f(B, A)  gain of splitting off a set of small magnitudes with this weight and moment; jointly convex
//
// For a_1 <= .. <= a_n the splits are the points (B_k, A_k) of the first k. They lie on a convex curve, because its
// slope a_k - c increases. Magnitudes are summed in buckets by their leading bits, which gives f at both ends of every
// bucket. Inside a bucket the curve stays in a triangle: the two ends, and the corner where the lines through them with
// the bucket's least and greatest slope meet. A convex function on a triangle is largest in a corner. So a bucket can
// hold a better split than its ends only if f is larger in the third corner. Only such buckets are sorted and searched;
// the rest takes O(n).
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

  /// The mass of the small magnitudes at the best split; zero where no split gains.
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
  // A bucket is 1/64 of an octave wide. The lowest one holds all magnitudes below 2^-8 of the largest.
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

  // Whether a set of this mass with magnitudes from `least` to `greatest` may contain a better split, up to rounding.
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
    items.pop_back();  // the split after the last one is evaluated at the bucket's end, or is no split
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
