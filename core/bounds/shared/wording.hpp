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
    "Never a bound: a measurement above it is no violation. Right to 5 per cent where rounding errors are uncorrelated "
    "with fractional parts spread evenly over a step. It applies from N P = 52 weights on (fewer do not show whether "
    "they spread evenly), of path following and error feedback from N = 6 features and m = 4 samples on, and on fresh "
    "rows from 64 outputs (rows times neurons) on.";

/// What the formulas of all bounds share.
inline constexpr const char* symbols =
    "m samples, N features, P neurons; X, Xq (m x N) inputs of the float and of the quantized network, X_t, Xq_t their "
    "columns\n"
    "W, Q (N x P) weights and quantized weights, w_j, q_j of neuron j; U = XW - XqQ, u_j its columns\n"
    "delta_j step of neuron j; xi_t rounding error of step t, argument minus decision; eta failure probability\n"
    "W~ the weights that are followed (W where X == Xq); Uhat = XW - XqW~, what their alignment leaves; U~ = U - Uhat\n"
    "P_t = I - Xq_t Xq_t^T/||Xq_t||^2,  v_t = P_N ... P_{t+1} Xq_t,  S = sum_t v_t v_t^T";

inline std::string sentences(std::initializer_list<const char*> list) {
  std::string text;
  for (const char* sentence : list) {
    if (!text.empty()) text += ' ';
    text += sentence;
  }
  return text;
}

}  // namespace pathquant::wording
