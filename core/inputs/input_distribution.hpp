// Where X comes from: a distribution or a data set.
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

/// The law of the columns Xq_t where theory needs one. The defaults promise nothing, as for any real data.
struct ColumnDistribution {
  /// Columns are Z a_t, with Z (m x dimension) of orthonormal columns and independent of the a_t: what is said below of
  /// a column in R^m is said of a_t in R^dimension. Inner products are those of the a_t, so statements on them and on
  /// norms hold with the dimension in place of m (T1.3).
  std::optional<Index> dimension = {};
  bool independent = false;                   ///< columns are independent of each other (and of W), all of one law
  std::optional<double> gaussian_sigma = {};  ///< columns are N(0, sigma^2 I_m)
  std::optional<double> ball_radius = {};     ///< columns are uniform in the ball of this radius in R^m
  /// Entries of a column are exchangeable and sign-symmetric and a column is never 0: E[<x, v>^2 / ||x||^2] = 1/m for
  /// unit v.
  bool symmetric = false;
  std::optional<double> norm_bound = {};           ///< ||x|| <= norm_bound always
  std::optional<double> entry_bound = {};          ///< |x_i| <= entry_bound always
  std::optional<double> entry_second_moment = {};  ///< E x_i^2
  /// Rows lie around so many Gaussian centres; given which row belongs to which, columns are independent.
  std::optional<Index> clusters = {};
};

/// One trial's X, read in blocks of features so that it need never be held whole.
class InputSource {
 public:
  virtual ~InputSource() = default;
  /// Columns first .. first+count-1 of X (m x N), one after another in `out` (count x m numbers).
  virtual void columns(Index first, Index count, double* out) const = 0;
  /// The same in single precision: rounded, or computed so where that is faster.
  virtual void single_columns(Index first, Index count, Index samples, float* out) const {
    std::vector<double> column(static_cast<std::size_t>(samples));
    for (Index t = first; t < first + count; ++t, out += samples) {
      columns(t, 1, column.data());
      std::transform(column.begin(), column.end(), out, [](double x) { return static_cast<float>(x); });
    }
  }
};

/// In the precision of `out`.
inline void read_columns(const InputSource& source, Index first, Index count, Index /*samples*/, double* out) {
  source.columns(first, count, out);
}
inline void read_columns(const InputSource& source, Index first, Index count, Index samples, float* out) {
  source.single_columns(first, count, samples, out);
}

/// An immutable law of X.
class InputDistribution {
 public:
  virtual ~InputDistribution() = default;
  virtual ColumnDistribution column_law() const { return {}; }
  /// Whether trials differ.
  virtual bool random(Index samples) const = 0;
  /// The width where the data fix it, otherwise absent (any width >= 1 will do).
  virtual std::optional<Index> fixed_width() const { return std::nullopt; }
  /// The largest number of samples, where the data limit it.
  virtual std::optional<Index> available_samples() const { return std::nullopt; }
  /// Files whose content decides X.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  /// X of one trial. `key` names seed and trial; the law adds its own name.
  virtual std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const = 0;

  // Fresh rows: of the same law and of what the trial has drawn of it, but independent of the rows that
  // open(key, samples, width) gives, or other rows of the data. Fewer fresh rows are the first of more.

  /// X of `fresh` fresh rows. This one is right where all rows are independent and nothing else is drawn for a trial.
  virtual std::unique_ptr<InputSource> open_fresh(const std::string& key, Index /*samples*/, Index width,
                                                  Index fresh) const {
    return open(fresh_key(key), fresh, width);
  }
  /// Whether trials differ in their fresh rows.
  virtual bool fresh_random(Index samples, Index /*fresh*/) const { return random(samples); }
  /// The largest number of fresh rows, where the data limit it.
  virtual std::optional<Index> available_fresh(Index /*samples*/) const { return std::nullopt; }
  /// Files whose content decides the fresh rows, but not X.
  virtual std::vector<std::filesystem::path> fresh_files() const { return {}; }
  /// E z z^T of a fresh row z, where the law knows it.
  virtual std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/,
                                                   Index /*width*/) const {
    return std::nullopt;
  }
  /// The key of what is drawn for fresh rows only.
  static std::string fresh_key(const std::string& key) { return key + "/fresh"; }
};

struct InputEntry {
  Description description;
  bool dataset = false;  ///< named by `dataset:` in a config, otherwise by `distribution:`
  std::function<std::unique_ptr<InputDistribution>(const Parameters&)> make;
};

}  // namespace pathquant
