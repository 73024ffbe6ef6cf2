// Table distribution: X drawn from the rows of a table, for data sets and NPY and CSV files.
//
//   symbol   meaning
//   n x d    the table: samples x features, as the file has them
//   m x N    X: m <= n rows and N <= d columns of the table
//
// Rows: a trial draws m of the n without replacement and keeps them in the order drawn, so that fewer samples give the
// first rows of the same X. For m = n nothing is drawn and the rows stay in the file's order.
//
// Columns, by the parameter `features`: all (N = d), first (columns 0 .. N-1) or random (N drawn without replacement
// from a separate stream, in ascending order; a smaller N gives a subset, but not the first columns).
//
// Fresh rows have X's columns. They are drawn without replacement from another table, or from the rows of the same
// table that are not in X: those that would be drawn last, so that they stay the same when X grows.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

/// Immutable table of n x d numbers.
class SampleTable {
 public:
  virtual ~SampleTable() = default;
  virtual Index rows() const = 0;
  virtual Index columns() const = 0;
  /// Sets out[k] to the entry of row rows[k] in this column.
  virtual void gather(Index column, std::span<const Index> rows, double* out) const = 0;
};

/// Origin of a table: its name, its files and the functions that read them.
struct TableOrigin {
  std::string name;      ///< of the distribution, used in stream keys and messages
  std::string features;  ///< all, first or random
  /// Returns the table. It is called at every use, so it should cache the file.
  std::function<std::shared_ptr<const SampleTable>()> table;
  std::function<std::vector<std::filesystem::path>()> files;
  /// Returns the table of fresh rows if it is not the table of X. The two tables share no row.
  std::function<std::shared_ptr<const SampleTable>()> fresh_table = {};
  std::function<std::vector<std::filesystem::path>()> fresh_files = {};
};

/// `count` numbers from 0 .. population-1 that draw_without_replacement(stream, population, taken) does not return. A
/// smaller count gives the beginning of the same list, for any `taken`. 0 <= count <= population - taken.
std::vector<Index> draw_from_the_rest(const Stream& stream, Index population, Index count);

/// The parameter `features`: all (the default), first or random.
Parameter features_parameter();

/// Distribution of rows of a table. fixed_width() is the table's width; a smaller width needs features first or random.
/// Files are read on the first query of a property or call of open(), which may throw the origin's DataError. open()
/// throws std::invalid_argument for more samples or features than the table has, and for fewer features where
/// `features` is all.
std::unique_ptr<InputDistribution> table_distribution(TableOrigin origin);

}  // namespace pathquant
