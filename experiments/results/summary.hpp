// What the trials of one cell say together.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "experiments/experiment.hpp"

namespace pathquant {

/// Trials that a mean line needs to be judged by: with fewer, a t interval says little and a fixed number of standard
/// errors lies.
inline constexpr std::size_t trials_to_judge_a_mean = 20;
/// One-sided level at which a mean line counts as violated: that of three standard errors of a normal mean.
inline constexpr double mean_level = 0.99865;

class CellSummary {
 public:
  CellSummary(std::string cell_id, std::size_t planned);

  void add_status(const std::string& status);
  void add_measurement(const std::string& metric, double value);
  /// A mean line (upper_mean, prediction, lower_mean) of one trial, beside what was measured there.
  void add_line(const LineRow& line, double value, double measured, double signal_energy);

  /// One row per metric. A mean line is a metric of its own: `of` names what it is about, `measured` is the mean of
  /// that, `ratio` mean value / mean measured with its standard error, `relative` mean value / mean signal energy, for
  /// drawing.
  std::vector<nlohmann::ordered_json> rows() const;

 private:
  struct MeanLine {
    LineKind kind;
    std::string metric;
    std::vector<double> values, measured, signal;
    double tolerance = 0;
  };
  nlohmann::ordered_json row(const std::string& metric, const std::vector<double>& values) const;

  std::string cell_id_;
  std::size_t planned_;
  std::map<std::string, std::size_t> statuses_;
  std::vector<std::pair<std::string, std::vector<double>>> metrics_;  // in the order of first appearance
  std::vector<std::pair<std::string, MeanLine>> lines_;
};

}  // namespace pathquant
