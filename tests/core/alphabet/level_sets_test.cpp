#include "core/alphabet/level_sets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

using namespace pathquant;

namespace level_sets_test {

// All sums of +-2^e with at most `digits` different e, by counting through every choice of signs.
std::set<double> all_sums(int digits, int exponents, bool add_only) {
  std::set<double> sums;
  int choices = 1;
  for (int e = 0; e < exponents; ++e) choices *= 3;
  for (int choice = 0; choice < choices; ++choice) {
    int count[3] = {};
    double sum = 0;
    for (int e = 0, rest = choice; e < exponents; ++e, rest /= 3) {
      ++count[rest % 3];
      sum += std::ldexp(rest % 3 == 0 ? 0.0 : rest % 3 == 1 ? 1.0 : -1.0, e);
    }
    if (count[1] + count[2] <= digits && (!add_only || count[1] == 0 || count[2] == 0)) sums.insert(sum);
  }
  return sums;
}

TEST_CASE("n-hot levels are all sums of n signed powers, with the published numbers of them") {
  for (int exponents = 1; exponents <= 7; ++exponents)
    for (int digits = 1; digits <= exponents; ++digits)
      for (const bool add_only : {false, true}) {
        const auto levels = n_hot_levels(digits, exponents, add_only);
        const auto expected = all_sums(digits, exponents, add_only);
        CHECK(std::equal(levels.begin(), levels.end(), expected.begin(), expected.end()));
      }
  const auto sizes = [](int exponents, bool add_only) {
    std::vector<std::size_t> list;
    for (int digits = 1; digits <= 3; ++digits) list.push_back(n_hot_levels(digits, exponents, add_only).size());
    return list;
  };
  CHECK(sizes(4, false) == std::vector<std::size_t>{9, 23, 29});
  CHECK(sizes(4, true) == std::vector<std::size_t>{9, 21, 29});
  CHECK(sizes(7, false) == std::vector<std::size_t>{15, 77, 175});
  CHECK(sizes(7, true) == std::vector<std::size_t>{15, 57, 127});

  const auto two = n_hot_levels(2, 4);
  const std::vector<double> positive(std::upper_bound(two.begin(), two.end(), 0.0), two.end());
  CHECK(positive == std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12});
  const auto added = n_hot_levels(2, 4, true);
  CHECK_FALSE(std::binary_search(added.begin(), added.end(), 7.0));
  for (int exponents = 1; exponents <= 10; ++exponents)
    CHECK(n_hot_levels(1, exponents) == power_of_two_levels(exponents));
}

TEST_CASE("The fewest digits of an integer: the first n of which it is an n-hot level") {
  for (int exponents = 1; exponents <= 7; ++exponents)
    for (std::int64_t k = -150; k <= 150; ++k) {
      std::optional<int> expected;
      if (k == 0) expected = 0;
      for (int digits = 1; digits <= exponents && !expected; ++digits) {
        const auto levels = n_hot_levels(digits, exponents);
        if (std::binary_search(levels.begin(), levels.end(), static_cast<double>(k))) expected = digits;
      }
      CHECK(least_digits(k, exponents) == expected);
    }
  CHECK(least_digits(11, 4) == 3);
  CHECK(least_digits(7, 4) == 2);  // 8 - 1
  CHECK(least_digits(7, 3) == 3);  // no 8
}

TEST_CASE("Integers and asymmetric grids") {
  CHECK(integer_levels(-2, 1) == std::vector<double>{-2, -1, 0, 1});
  for (const auto& [least, greatest] :
       {std::pair{-1.0, 3.0}, {0.0, 1.0}, {-2.0, 0.0}, {0.5, 1.0}, {-3.0, -1.0}, {-8e307, 8e307}, {-1e-3, 5e5}})
    for (const int bits : {1, 2, 4, 8}) {
      const AsymmetricGrid grid = asymmetric_grid(least, greatest, bits);
      CHECK(grid.levels == std::int64_t{1} << bits);
      CHECK(grid.zero >= 0);
      CHECK(grid.zero < grid.levels);
      // The range, with 0, is 2^bits - 1 steps long, and both ends are within a step of the outermost levels.
      const auto gaps = static_cast<double>(grid.levels - 1);
      CHECK(grid.step * (gaps / 4) == doctest::Approx(std::max(greatest, 0.0) / 4 - std::min(least, 0.0) / 4));
      CHECK(std::abs(-static_cast<double>(grid.zero) - std::min(least, 0.0) / grid.step) <= 0.5 + 1e-9);
    }
  CHECK(asymmetric_grid(0, 0, 4).step == 0);
  CHECK(asymmetric_grid(0, 0, 4).zero == 0);
}

TEST_CASE("What is out of range is refused") {
  CHECK_THROWS_AS(n_hot_levels(0, 4), std::invalid_argument);
  CHECK_THROWS_AS(n_hot_levels(5, 4), std::invalid_argument);
  CHECK_THROWS_AS(n_hot_levels(1, 17), std::invalid_argument);
  CHECK_THROWS_AS(power_of_two_levels(0), std::invalid_argument);
  CHECK_THROWS_AS(integer_levels(1, 1), std::invalid_argument);
  CHECK_THROWS_AS(asymmetric_grid(2, 1, 4), std::invalid_argument);
  CHECK_THROWS_AS(asymmetric_grid(0, 1, 17), std::invalid_argument);
}

}  // namespace level_sets_test
