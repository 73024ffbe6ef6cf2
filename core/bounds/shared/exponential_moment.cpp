#include "core/bounds/shared/exponential_moment.hpp"

#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <tuple>

#include "core/bounds/shared/memo.hpp"

namespace pathquant {
namespace {

// The least of log(1/((1 - q) eta))/lambda(q) over 0 < q < 1.
template <class Rate>
double least(const Rate& rate, double eta) {
  const auto bound = [&](double q) { return -(std::log1p(-q) + std::log(eta)) / rate(q); };
  return boost::math::tools::brent_find_minima(bound, 0.0, 1.0, 30).second;
}

}  // namespace

double bounded_exponential_bound(Index samples, double eta) {
  if (samples == 1) return 1.0;
  static Memo<std::tuple<Index, double>, double> memo;
  return memo.get({samples, eta}, [&] {
    const auto m = static_cast<double>(samples);
    return least([m](double q) { return -std::log1p(-q / m); }, eta);
  });
}

double gaussian_exponential_bound(Index samples, double eta) {
  static Memo<std::tuple<Index, double>, double> memo;
  return memo.get({samples, eta}, [&] {
    const auto m = static_cast<double>(samples);
    return least([m](double q) { return -std::expm1(2.0 / m * std::log1p(-q / m)) / 2.0; }, eta);
  });
}

}  // namespace pathquant
