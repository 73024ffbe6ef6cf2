// The contract of a theoretical line: a number to be drawn beside a measured error, or the reason why there is none.
//
// Symbols that all bounds share; their headers list what is their own (`explain` prints wording::symbols):
//
//   symbol   shape  meaning
//   m, N, P         samples, features, neurons (facts.shape)
//   X, Xq    m x N  inputs of the float and of the quantized network, columns X_t, Xq_t
//   W, Q     N x P  weights and quantized weights, w_j and q_j of neuron j, entries w_tj
//   U        m x P  XW - XqQ, columns u_j; u_t where one neuron is followed: the state after step t
//   W~, Uhat        weights that are followed (W where X == Xq), and XW - XqW~, the residual of the alignment
//   U~       m x P  U - Uhat, what rounding adds
//   delta_j         step of neuron j (facts.alphabet.steps)
//   xi_t            rounding error of step t: argument minus decision
//   P_t      m x m  I - Xq_t Xq_t^T/||Xq_t||^2
//   v_t, S          P_N ... P_{t+1} Xq_t, and sum_t v_t v_t^T
//   eta             failure probability of the whole layer statement, for one cell and trial
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/distributions/scalar_distribution.hpp"
#include "core/facts/fresh_spread.hpp"
#include "core/facts/layer_statistics.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/registry.hpp"

namespace pathquant {

enum class BoundKind {
  upper,       ///< holds in one trial with the stated probability (1: deterministic)
  upper_mean,  ///< bounds the expectation
  prediction,  ///< the expected value, right to a few per cent; never a bound
  lower_mean,  ///< no quantizer's expectation is below it
  decay,       ///< how the error changes from layer to layer, up to an unknown constant: a slope, never a value
};
std::string to_text(BoundKind kind);

/// What a line speaks about. Every quantity is of the whole layer.
enum class Quantity {
  error_energy,              ///< ||U||_F^2, absolute
  max_neuron_squared_error,  ///< max_j ||u_j||^2
  max_abs_error,             ///< max_ij |U_ij|
  relative_squared_error,    ///< ||U||_F^2 / ||XW||_F^2, where the statement is about the ratio itself
  direction_error,           ///< max_j |<a, u_j>| for one direction a, drawn with X: trials of one X share it
  clipped,                   ///< number of clipped decisions
  levels_used,               ///< levels of the smallest alphabet of its kind that has all of Q
  weight_error_energy,       ///< ||W - Q||_F^2, whatever the inputs: of the weights experiment
  // Where they are measured:
  fresh_relative_squared_error,  ///< ||ZW - ZqQ||_F^2 / ||ZW||_F^2 on fresh rows Z
  row_space_error,               ///< max_j |z_j^T(w_j - q_j)| for points z_j of the row space of X
};

/// What is known of fresh rows z.
struct FreshFacts {
  std::optional<Index> rows = {};              ///< how many there are
  std::optional<double> expected_energy = {};  ///< E ||z^T W||^2, where the law of z is known
  std::optional<FreshSpread> spread = {};      ///< absent when no line asked for it
};

/// Everything a line may look at: one task's facts.
struct LayerFacts {
  LayerShape shape;
  double unit = 0x1p-53;           ///< relative rounding error of the arithmetic that made Q: 2^-24 or 2^-53
  bool mismatch = false;           ///< X != Xq
  ColumnDistribution columns;      ///< law of the columns of Xq
  bool pairs_independent = false;  ///< the pairs (X_t, Xq_t) are independent over t; looked at only where X != Xq
  std::optional<double> weight_sigma = {};  ///< W has independent N(0, weight_sigma^2) entries, independent of X and Xq
  std::optional<EntryDistribution> weight_law = {};  ///< W has independent entries of this law, independent of X and Xq
  /// Bits that a weight takes, log2(levels) + 32 scales / weights; absent when there are infinitely many levels.
  std::optional<double> bits_per_weight = {};
  std::optional<double> weights_per_scale = {};  ///< weights / scales that are stored; absent as bits_per_weight
  QuantizerTraits quantizer;
  Alphabet alphabet;
  std::int64_t clipped = 0;
  LayerStatistics statistics;
  FreshFacts fresh;
  Vector row_space_deviations = {};  ///< ||X^+ u_j|| for every neuron; empty where not measured
  /// Registered facts by name (core/facts/fact.hpp), as far as they are stored in their present version.
  std::map<std::string, Vector> facts = {};

  /// A fact that the bound has named in `needs_facts`. Throws std::out_of_range when it is not there.
  const Vector& fact(const std::string& name) const { return facts.at(name); }

  /// The m of statements about the law of the columns that are about inner products and norms only.
  Index law_samples() const { return columns.dimension.value_or(shape.samples); }
};

struct NotApplicable {
  std::string reason;  ///< the hypothesis that fails, as a sentence
  /// The hypothesis is about the law that W is a sample of, judged by this sample: over many trials it fails where it
  /// fails in most.
  bool sampled = false;
};
using BoundValue = std::variant<double, NotApplicable>;

struct BoundEntry {
  Description description;
  BoundKind kind = BoundKind::upper;
  Quantity quantity = Quantity::error_energy;
  bool deterministic = false;  ///< holds with probability 1: eta is not looked at
  bool needs_path_covariance = false;
  bool improved_by_path_covariance = false;  ///< tighter with S, but has a form without
  bool needs_path_growth = false;
  bool needs_fresh_spread = false;
  std::vector<std::string> needs_facts =
      {};  ///< names of registered facts; `evaluate` is called only where all are there
  /// Whether the line is about this kind of quantizer at all; a line that is not is no row of the results.
  std::function<bool(const QuantizerTraits&)> concerns;
  /// facts.statistics.path is present when needs_path_covariance, and may be when improved_by it; .growth is when
  /// needs_path_growth. facts.fresh.spread is when needs_fresh_spread and the law of fresh rows is known. Thread-safe.
  std::function<BoundValue(const LayerFacts& facts, double eta)> evaluate;
  /// Of a value that is a difference: the sum of the sizes of its terms. What it is compared with is right to their
  /// rounding, not to its own (core/bounds/shared/tolerance.hpp).
  std::function<double(const LayerFacts& facts)> terms = {};
  /// Of a lower_mean line that applies, where it can say so: the bits a weight that facts.bits_per_weight spends beyond
  /// what this error needs (L4).
  std::function<double(const LayerFacts& facts, double measured)> bits_above = {};
};

}  // namespace pathquant
