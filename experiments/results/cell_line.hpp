// One theoretical line over the trials of one cell, and the judgement of it.
//
//   symbol  meaning
//   n       trials of the cell that are ok
//   k       trials in which an upper line applies and is exceeded
//   eta     failure probability that an upper line states (1 - probability; 0: deterministic)
//
// Upper lines. A hypothesis that is judged after the run (nothing clipped) makes the statement one about the joint
// event {it holds and the error exceeds the value}, which has probability at most eta: so k counts against all n
// trials, not against those in which the line applies.
//
// Means. The mean of value - measured over the trials may be negative by chance only (lower_mean: positive), by
// Student's t. A prediction is no bound; the mean of what is measured should be within prediction_accuracy of the mean
// prediction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/bounds/shared/bound.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {

/// Trials that a line about a mean needs to be judged by: with fewer, a t interval says little.
inline constexpr std::size_t trials_to_judge_a_mean = 20;
/// Level at which a line counts as refuted: that of three standard errors of a normal mean, one-sided. A fixed number
/// of standard errors would lie for few trials.
inline constexpr double refuted_below = 0.00135;
/// What theory says a prediction is right to where its hypotheses hold.
inline constexpr double prediction_accuracy = 0.05;

struct CellLine {
  std::string name;
  BoundKind kind = BoundKind::upper;
  std::string metric;
  std::optional<double> probability = {};  ///< of an upper line
  double tolerance = 0;                    ///< relative rounding error of what is measured: it holds up to this
  std::vector<double> values = {};         ///< in the trials that it applies to, one after another
  std::vector<double> measured = {};
  std::vector<double> signal = {};  ///< ||XW||_F^2
  std::vector<double> gaps = {};    ///< of a lower limit: bits a weight spent beyond it for the measured error

  double eta() const { return 1 - probability.value_or(1); }
  /// k.
  std::size_t violations() const;
};

/// How probable it is to see as much against the line in n trials, or more, if it is true; absent where the trials are
/// too few to refute it: fewer than trials_to_judge_a_mean, or an upper line whose eta^n is not below refuted_below.
std::optional<double> chance_if_true(const CellLine& line, std::size_t trials);

/// Whether that chance refutes the line when it is the least of `cells` judged cells (Bonferroni).
inline bool is_refuted(double chance, std::size_t cells) {
  return chance * static_cast<double>(cells) < refuted_below;
}

/// The interval that decides when `cells` cells are judged, each tail refuted_below / cells: of the violation
/// probability of an upper line (Clopper and Pearson), of mean value / mean measured otherwise (Fieller). The line is
/// refuted where all of it lies outside what the line allows (up to the tolerance). Absent for a mean of one trial.
std::optional<Interval> deciding_interval(const CellLine& line, std::size_t trials, std::size_t cells);

}  // namespace pathquant
