// X drawn from the rows of a table: what all data sets and NPY files have in common.
//
//   symbol   meaning
//   n x d    the table: samples x features, as the file has them
//   m x N    X: m <= n rows and N <= d columns of the table
//
// Rows: a trial draws m of the n without replacement and keeps them in the order drawn, so that fewer samples give the
// first rows of the same X; with m = n nothing is drawn and the rows stay in the file's order. Columns, by the
// parameter `features`: all (N = d), first (columns 0 .. N-1) or random (N drawn without replacement by a stream of
// their own, kept in ascending order; fewer are a subset, though not a corner).
// Fresh rows have X's columns. They are drawn without replacement from another table, or from the rows of the same one
// that are not in X: those that would be drawn last, so that X may grow and they stay the same.
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

/// n x d numbers, immutable.
class SampleTable {
 public:
  virtual ~SampleTable() = default;
  virtual Index rows() const = 0;
  virtual Index columns() const = 0;
  /// out[k] = the entry of row rows[k] in this column.
  virtual void gather(Index column, std::span<const Index> rows, double* out) const = 0;
};

/// What a table's law is made of.
struct TableOrigin {
  std::string name;      ///< the law's, which its streams and messages have
  std::string features;  ///< all, first or random
  /// Reads the table or finds it in memory; called anew by whatever needs it, so it should be cached.
  std::function<std::shared_ptr<const SampleTable>()> table;
  std::function<std::vector<std::filesystem::path>()> files;
  /// Where fresh rows come from when it is another table than that of X; it shares no row with that.
  std::function<std::shared_ptr<const SampleTable>()> fresh_table = {};
  std::function<std::vector<std::filesystem::path>()> fresh_files = {};
};

/// `count` numbers out of 0 .. population-1 that draw_without_replacement(stream, population, taken) does not take; a
/// smaller count gives the beginning of the same list, whatever is taken. 0 <= count <= population - taken.
std::vector<Index> draw_from_the_rest(const Stream& stream, Index population, Index count);

/// The parameter `features`: all (standard), first, random.
Parameter features_parameter();

/// The law of the rows of a table. fixed_width() is the table's; a smaller width needs features first or random. The
/// law does not touch a file before it is asked for one of its properties or opened; all of these pass on the origin's
/// DataError. open() throws std::invalid_argument for more samples or features than there are, and for fewer features
/// where `features` is all.
std::unique_ptr<InputDistribution> table_law(TableOrigin origin);

}  // namespace pathquant
