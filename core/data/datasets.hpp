// The data sets that are known by name, and where their files are looked for.
//
//   name      split                          samples          features   one feature
//   cifar10   train, test                    50000, 10000     3072       pixel / 255, in the order (channel, y, x)
//   mnist     train, test                    60000, 10000     784        pixel / 255
//   fashion   train, test                    60000, 10000     784        pixel / 255
//   digits    all, first_half, second_half   1797, 898, 899   64         pixel / 16
//
// Rows are in the order of the file. digits has no official split; its halves are those of scikit-learn's own examples
// (unshuffled). cifar10's training images are those of data_batch_1 to data_batch_5, one after another. A folder
// without these may have a file cifar10_train_first<n>_lossless.bin, or cifar10_test_first<n>_lossless.bin: the first n
// images.
//
// Places, in this order, each file with and without .gz:
//   1. $PATHQUANT_DATA/<name>/
//   2. $XDG_CACHE_HOME/pathquant/<name>/, or ~/.cache/pathquant/<name>/ where that variable is unset or no absolute
//      path
//   3. digits only: where Debian's package python3-sklearn puts it
// The environment is read at every call.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/byte_table.hpp"
#include "core/data/image_shape.hpp"

namespace pathquant {

/// One split of a data set, rows x columns, immutable and cheap to copy: copies share the pixels.
class Dataset {
 public:
  /// Rows first .. first+rows-1 of the tables, which follow each other; `white` is the pixel value that becomes 1.
  /// There is at least one table, and all have as many columns.
  Dataset(std::vector<std::shared_ptr<const ByteTable>> parts, Index first, Index rows, double white)
      : parts_(std::move(parts)), first_(first), rows_(rows), white_(white) {}

  Index rows() const { return rows_; }
  Index columns() const { return parts_.front()->columns; }
  /// In [0, 1]; 0 <= row < rows(), 0 <= column < columns().
  double operator()(Index row, Index column) const {
    row += first_;
    auto part = parts_.begin();
    for (; row >= (*part)->rows; ++part) row -= (*part)->rows;
    return (**part)(row, column) / white_;
  }

 private:
  std::vector<std::shared_ptr<const ByteTable>> parts_;
  Index first_;
  Index rows_;
  double white_;
};

/// In alphabetical order.
std::vector<std::string> dataset_names();

/// The words for the splits of a data set, the usual one first. Throws std::invalid_argument for an unknown name.
std::vector<std::string> dataset_splits(std::string_view name);

/// Whether two splits of a data set have a row in common. Throws std::invalid_argument for an unknown name or split.
bool dataset_splits_share_rows(std::string_view name, std::string_view one, std::string_view other);

/// The shape of an image: a row's features in the order (channel, y, x). Throws std::invalid_argument for an unknown
/// name.
ImageShape dataset_image(std::string_view name);

/// The files that hold a split, in the order of its rows; all are in one folder. Throws std::invalid_argument for an
/// unknown name or split, and DataError, which lists every place looked at and says what to do, when they are nowhere.
std::vector<std::filesystem::path> find_dataset(std::string_view name, std::string_view split);

/// The folder of a data set that fetched files go to, which need not exist: the second place above. Throws
/// std::invalid_argument for an unknown name, and DataError where the environment names no such folder.
std::filesystem::path dataset_cache(std::string_view name);

/// Reads a split, or finds it in memory: the pixels of the last 12 files are kept for the life of the process (all
/// files known here together take 294 MB). Safe to call from several threads. Throws as find_dataset does, and
/// DataError when the file is damaged or does not hold this data set.
Dataset load_dataset(std::string_view name, std::string_view split);

}  // namespace pathquant
