// Input distribution: interface of all sources of X, random distributions and data sets.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inputs/second_moment.hpp"
#include "core/registry.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Properties of the distribution of the columns Xq_t, used by bounds. The defaults promise nothing, as for real data.
struct ColumnDistribution {
  /// Columns are Z a_t, where Z (m x dimension) has orthonormal columns and is independent of the a_t. The properties
  /// below then refer to a_t in R^dimension instead of a column in R^m. Inner products are those of the a_t, so
  /// theorems on inner products and norms hold with the dimension in place of m (T1.3).
  std::optional<Index> dimension = {};
  bool independent = false;                   ///< columns are i.i.d. and independent of W
  std::optional<double> gaussian_sigma = {};  ///< columns are N(0, sigma^2 I_m)
  std::optional<double> ball_radius = {};     ///< columns are uniform in the ball of this radius in R^m
  /// Entries of a column are exchangeable and sign-symmetric, and a column is never 0. Then E[<x, v>^2 / ||x||^2] = 1/m
  /// for unit v.
  bool symmetric = false;
  std::optional<double> norm_bound = {};           ///< ||x|| <= norm_bound always
  std::optional<double> entry_bound = {};          ///< |x_i| <= entry_bound always
  std::optional<double> entry_second_moment = {};  ///< E x_i^2
  /// Number of Gaussian centres around which the rows lie. Given the cluster of every row, columns are independent.
  std::optional<Index> clusters = {};
};

/// X of one trial, read in blocks of features, so that it need not be in memory as a whole.
class InputSource {
 public:
  virtual ~InputSource() = default;
  /// Columns first .. first+count-1 of X (m x N), one after another in `out` (count x m numbers).
  virtual void columns(Index first, Index count, double* out) const = 0;
  /// The same in single precision: rounded, or computed in single precision where that is faster.
  virtual void single_columns(Index first, Index count, Index samples, float* out) const {
    std::vector<double> column(static_cast<std::size_t>(samples));
    for (Index t = first; t < first + count; ++t, out += samples) {
      columns(t, 1, column.data());
      std::transform(column.begin(), column.end(), out, [](double x) { return static_cast<float>(x); });
    }
  }
};

/// Reads columns in the precision of `out`.
inline void read_columns(const InputSource& source, Index first, Index count, Index /*samples*/, double* out) {
  source.columns(first, count, out);
}
inline void read_columns(const InputSource& source, Index first, Index count, Index samples, float* out) {
  source.single_columns(first, count, samples, out);
}

/// Immutable distribution of X.
class InputDistribution {
 public:
  virtual ~InputDistribution() = default;
  virtual ColumnDistribution column_law() const { return {}; }
  /// Whether trials differ.
  virtual bool random(Index samples) const = 0;
  /// The width where the data fix it; absent where any width >= 1 is valid.
  virtual std::optional<Index> fixed_width() const { return std::nullopt; }
  /// The largest number of samples, where the data limit it.
  virtual std::optional<Index> available_samples() const { return std::nullopt; }
  /// Files whose content determines X.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  /// X of one trial. `key` names seed and trial; the distribution appends its own name.
  virtual std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const = 0;

  // Fresh rows have the same distribution, given what the trial has drawn (centres, factors, ..). They are independent
  // of the rows of open(key, samples, width), or other rows of the data. A smaller number gives the first of the same
  // rows.

  /// X of `fresh` fresh rows. This default is valid where all rows are independent and nothing else is drawn for a
  /// trial.
  virtual std::unique_ptr<InputSource> open_fresh(const std::string& key, Index /*samples*/, Index width,
                                                  Index fresh) const {
    return open(fresh_key(key), fresh, width);
  }
  /// Whether trials differ in their fresh rows.
  virtual bool fresh_random(Index samples, Index /*fresh*/) const { return random(samples); }
  /// The largest number of fresh rows, where the data limit it.
  virtual std::optional<Index> available_fresh(Index /*samples*/) const { return std::nullopt; }
  /// Files whose content determines the fresh rows but not X.
  virtual std::vector<std::filesystem::path> fresh_files() const { return {}; }
  /// E z z^T of a fresh row z, where it is known.
  virtual std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/,
                                                   Index /*width*/) const {
    return std::nullopt;
  }
  /// Stream key of the draws that only fresh rows use.
  static std::string fresh_key(const std::string& key) { return key + "/fresh"; }
};

struct InputEntry {
  Description description;
  bool dataset = false;  ///< named by `dataset:` in a config, otherwise by `distribution:`
  std::function<std::unique_ptr<InputDistribution>(const Parameters&)> make;
};

}  // namespace pathquant
