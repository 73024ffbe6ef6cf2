// Weight distribution: interface of all sources of W, random distributions and files.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/distributions/scalar_distribution.hpp"
#include "core/registry.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Immutable distribution of W.
class WeightDistribution {
 public:
  virtual ~WeightDistribution() = default;
  virtual bool random() const { return true; }
  /// The standard deviation where the weights are independent normal numbers of mean 0.
  virtual std::optional<double> gaussian_sigma() const { return std::nullopt; }
  /// The distribution of a weight where the weights are independent and identically distributed with finite variance.
  virtual std::optional<EntryDistribution> entry_law() const { return std::nullopt; }
  /// The width and the number of neurons where a file fixes them.
  virtual std::optional<Index> fixed_width() const { return std::nullopt; }
  virtual std::optional<Index> fixed_neurons() const { return std::nullopt; }
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  /// Whether rows() is available, so that W need not be stored as a whole.
  virtual bool has_rows() const { return false; }
  /// Rows first .. first+count-1 of W (N x P) of one trial, for any N beyond them. Throws std::logic_error unless
  /// has_rows().
  virtual void rows(const std::string& /*key*/, Index /*first*/, Index /*count*/, Index /*neurons*/,
                    double* /*out*/) const {
    throw std::logic_error("these weights are stored as a whole: rows() is not available");
  }
  /// W (N x P) of one trial. `key` names seed, trial and layer; the distribution appends its own name.
  virtual RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const = 0;
};

struct WeightEntry {
  Description description;
  std::function<std::unique_ptr<WeightDistribution>(const Parameters&)> make;
};

}  // namespace pathquant
