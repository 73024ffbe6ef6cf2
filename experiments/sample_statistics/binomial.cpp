#include "experiments/sample_statistics/binomial.hpp"

#include <boost/math/distributions/binomial.hpp>

namespace pathquant {

Interval clopper_pearson(std::size_t events, std::size_t trials, double tail) {
  using Binomial = boost::math::binomial;
  const auto k = static_cast<double>(events);
  const auto n = static_cast<double>(trials);
  return {Binomial::find_lower_bound_on_p(n, k, tail), Binomial::find_upper_bound_on_p(n, k, tail)};
}

double chance_of_as_many(std::size_t events, std::size_t trials, double p) {
  if (events == 0) return 1;
  const boost::math::binomial law(static_cast<double>(trials), p);
  return boost::math::cdf(boost::math::complement(law, static_cast<double>(events) - 1));
}

}  // namespace pathquant
