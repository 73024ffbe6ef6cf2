// Sentences that several lines say of themselves, in `hypotheses`.
#pragma once

#include <initializer_list>
#include <string>

namespace pathquant::wording {

inline constexpr const char* joint_event =
    "No clipping is judged after the run: the statement is about the joint event that nothing clips and the error "
    "exceeds the "
    "value; its rate is violations / all trials, not violations / unclipped trials.";
inline constexpr const char* mean_and_clipping =
    "No clipping is judged after the run: the mean of the error over all trials, counted as 0 where one clipped, obeys "
    "the bound.";
inline constexpr const char* calibration_only =
    "It is about the calibration error of this X and W: the error on fresh data is not bounded by it.";
inline constexpr const char* certificate =
    "It is computed from the Xq of the run: a certificate after the fact, not a forecast for another calibration set.";
inline constexpr const char* one_width =
    "One fixed N: a curve over widths holds point by point, not for all widths at once.";
inline constexpr const char* law_only =
    "Says nothing on data sets, patches, correlated or row-normalised inputs or hidden layers, wherever the point "
    "lies.";
inline constexpr const char* never_a_bound =
    "Never a bound: a measurement above it is no violation. It presumes rounding errors that are uncorrelated with "
    "fractional parts "
    "spread evenly over a step: N of several m, weights spread over several steps, no clipping. Tiny sizes (N <= 5 or "
    "m <= 3) may be 10 "
    "per cent off, weights concentrated within one step by any factor.";

inline std::string sentences(std::initializer_list<const char*> list) {
  std::string text;
  for (const char* sentence : list) {
    if (!text.empty()) text += ' ';
    text += sentence;
  }
  return text;
}

}  // namespace pathquant::wording
