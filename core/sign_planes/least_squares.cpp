#include "core/sign_planes/least_squares.hpp"

#include "core/sign_planes/split_search.hpp"

namespace pathquant {
namespace {

constexpr std::size_t lanes = 16;

double sum_of(const double (&parts)[lanes]) {
  double sums[lanes];
  std::copy(parts, parts + lanes, sums);
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) sums[l] += sums[l + half];
  return sums[0];
}

// Total weight of all magnitudes, and their moment about `centre`.
template <class S, class Weights>
Mass total(std::span<const S> x, const Weights& h, const PowerOfTwoScale<S>& scale, double centre) {
  double weight[lanes] = {};
  double moment[lanes] = {};
  const auto add = [&](std::size_t i, std::size_t lane) {
    const double distance = scale.down(std::abs(x[i])) - centre;
    if constexpr (std::is_same_v<Weights, EqualWeights>) {
      moment[lane] += distance;
    } else {
      weight[lane] += h[i];
      moment[lane] += h[i] * distance;
    }
  };
  const std::size_t whole = x.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) add(i + l, l);
  for (std::size_t i = whole; i < x.size(); ++i) add(i, i - whole);
  constexpr bool equal = std::is_same_v<Weights, EqualWeights>;
  return {equal ? static_cast<double>(x.size()) : sum_of(weight), sum_of(moment)};
}

// One vector with its weights, scaled into the range of double.
template <class S, class Weights>
class Fit {
 public:
  Fit(std::span<const S> x, const Weights& h) : x_(x), h_(h), scale_(x) {}

  PlaneScales<S> ls1() const { return {scale_.up(mean())}; }

  PlaneScales<S> ls2() const {
    const double centre = mean();
    const Mass all = total(x_, h_, scale_, centre);
    const auto gain = [&](const Mass& low) { return square_over_weight(low) + square_over_weight(all - low); };
    const Mass low = SplitSearch(x_, h_, scale_, centre, gain).best();
    if (low.weight == 0) return {scale_.up(centre), 0};
    const auto [lower, upper] = settled(centre + mean_of(low), centre + mean_of(all - low));
    return {scale_.up((lower + upper) / 2), scale_.up((upper - lower) / 2)};
  }

  PlaneScales<S> lst() const {
    const Mass all = total(x_, h_, scale_, 0);
    const auto gain = [&](const Mass& low) { return square_over_weight(all - low); };
    const Mass low = SplitSearch(x_, h_, scale_, 0, gain).best();
    const auto [zero, level] = settled(0, mean_of(all - low));
    const S half = scale_.up(level / 2);
    return {half, half};
  }

 private:
  static double mean_of(const Mass& mass) { return mass.weight > 0 ? mass.moment / mass.weight : 0; }
  static double square_over_weight(const Mass& mass) { return mean_of(mass) * mass.moment; }

  double mean() const {
    double centre = mean_of(total(x_, h_, scale_, 0));
    // A second pass about the mean removes the rounding error of the sum: the mean of equal numbers is that number.
    if constexpr (!std::is_same_v<S, float>) centre += mean_of(total(x_, h_, scale_, centre));
    return centre;
  }

  // The means of the magnitudes nearer to `lower` and to `upper`. They are summed about these approximate means, to
  // remove the rounding errors of the sums over all magnitudes.
  std::pair<double, double> settled(double lower, double upper) const {
    if constexpr (!std::is_same_v<S, float>) {
      Mass below, above;
      for (std::size_t i = 0; i < x_.size(); ++i) {
        const double a = scale_.down(std::abs(x_[i]));
        const bool low = a < (lower + upper) / 2;
        (low ? below : above).add(h_[i], a - (low ? lower : upper));
      }
      lower += mean_of(below);
      upper += mean_of(above);
    }
    return {lower, upper};
  }

  std::span<const S> x_;
  const Weights& h_;
  PowerOfTwoScale<S> scale_;
};

template <class S, class Make>
PlaneScales<S> fit(std::span<const S> x, std::span<const double> h, Make make) {
  return h.empty() ? make(Fit(x, EqualWeights())) : make(Fit(x, h));
}

}  // namespace

template <class S>
PlaneScales<S> ls1(std::span<const S> x, std::span<const double> h) {
  return fit(x, h, [](const auto& one) { return one.ls1(); });
}

template <class S>
PlaneScales<S> ls2(std::span<const S> x, std::span<const double> h) {
  return fit(x, h, [](const auto& one) { return one.ls2(); });
}

template <class S>
PlaneScales<S> lst(std::span<const S> x, std::span<const double> h) {
  return fit(x, h, [](const auto& one) { return one.lst(); });
}

template <class S>
PlaneScales<S> gf(std::span<const S> x, std::size_t planes, std::span<const double> h) {
  PlaneScales<S> scales = ls1(x, h);
  if (planes == 1) return scales;
  std::vector<S> rest(x.begin(), x.end());
  while (scales.size() < planes) {
    const S last = scales.back();
    for (S& r : rest) r -= r >= 0 ? last : -last;
    scales.push_back(ls1(std::span<const S>(rest), h).front());
  }
  return scales;
}

template PlaneScales<float> ls1(std::span<const float>, std::span<const double>);
template PlaneScales<double> ls1(std::span<const double>, std::span<const double>);
template PlaneScales<float> ls2(std::span<const float>, std::span<const double>);
template PlaneScales<double> ls2(std::span<const double>, std::span<const double>);
template PlaneScales<float> lst(std::span<const float>, std::span<const double>);
template PlaneScales<double> lst(std::span<const double>, std::span<const double>);
template PlaneScales<float> gf(std::span<const float>, std::size_t, std::span<const double>);
template PlaneScales<double> gf(std::span<const double>, std::size_t, std::span<const double>);

}  // namespace pathquant
