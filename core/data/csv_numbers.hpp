// Tables of numbers as text: the user's CSV files.
//
//   line      numbers with commas between them, as many on every line; blanks around a number do not count; lines may
//             end in CR LF, and empty ones at the end of the file do not count
//   heading   the first line, if none of its fields (labels aside) is a number
//   label     the last field of every line may be a label of any text, which is dropped
#pragma once

#include <filesystem>
#include <span>

#include "core/types.hpp"

namespace pathquant {

enum class CsvLabel {
  none,  ///< every field is a number
  last,  ///< the last field of a line is dropped unread
};

/// The numbers as lines x fields; gzip is unpacked. Throws DataError, with line and field (both counted from 1), where
/// a field is no finite number, a line is longer or shorter than the first, or nothing is left to read.
Matrix<double> read_csv_numbers(const std::filesystem::path& file, CsvLabel label);

/// The same from bytes in memory; `file` is for the message only.
Matrix<double> parse_csv_numbers(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                                 CsvLabel label);

}  // namespace pathquant
