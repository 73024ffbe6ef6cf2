#include "core/inputs/draw_without_replacement.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace pathquant;

namespace draw_without_replacement_test {

TEST_CASE("numbers differ, are in range, and fewer are the beginning of more") {
  const Stream stream("draw");
  const auto all = draw_without_replacement(stream, 50, 50);
  CHECK(std::set<Index>(all.begin(), all.end()).size() == 50);
  CHECK(*std::min_element(all.begin(), all.end()) == 0);
  CHECK(*std::max_element(all.begin(), all.end()) == 49);
  for (const Index count : {0, 1, 7, 49})
    CHECK(draw_without_replacement(stream, 50, count) == std::vector<Index>(all.begin(), all.begin() + count));
}

TEST_CASE("all ordered pairs are equally likely") {
  // Pearson's statistic over the 30 ordered pairs of 6 numbers; a false alarm has a probability of about 1e-9.
  constexpr Index population = 6;
  constexpr int trials = 30000;
  constexpr double pairs = population * (population - 1);
  std::map<std::pair<Index, Index>, int> seen;
  for (int trial = 0; trial < trials; ++trial) {
    const auto drawn = draw_without_replacement(Stream("trial " + std::to_string(trial)), population, 2);
    ++seen[{drawn[0], drawn[1]}];
  }
  CHECK(seen.size() == pairs);
  double statistic = 0;
  for (const auto& [pair, count] : seen) statistic += std::pow(count - trials / pairs, 2) / (trials / pairs);
  CHECK(statistic <= quantile(complement(boost::math::chi_squared(pairs - 1), 1e-9)));
}

}  // namespace draw_without_replacement_test
