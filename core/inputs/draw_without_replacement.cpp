#include "core/inputs/draw_without_replacement.hpp"

#include <boost/random/uniform_int_distribution.hpp>
#include <numeric>
#include <utility>

namespace pathquant {

std::vector<Index> draw_without_replacement(const Stream& stream, Index population, Index count, Index row) {
  std::vector<Index> numbers(static_cast<std::size_t>(population));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  StreamEngine engine(stream, row);
  // Fisher-Yates shuffle, stopped after the first `count` numbers.
  for (Index i = 0; i < count; ++i) {
    boost::random::uniform_int_distribution<Index> still_free(i, population - 1);
    std::swap(numbers[static_cast<std::size_t>(i)], numbers[static_cast<std::size_t>(still_free(engine))]);
  }
  numbers.resize(static_cast<std::size_t>(count));
  return numbers;
}

}  // namespace pathquant
