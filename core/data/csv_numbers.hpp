// Tables of numbers as text: the user's CSV files.
//
//   line      numbers with commas between them, as many on every line; blanks around a number do not count; lines may
//             end in CR LF, and empty ones at the end of the file do not count
//   heading   the first line, if none of its fields (labels aside) is a number, be it one that is not finite, and one of
//             them has a letter; a line without letters is data
//   number    decimal; one that is nearer to 0 than any double is 0
//   label     the last field of every line may be a label of any text, which is dropped
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/types.hpp"

namespace pathquant {

/// The most numbers that are read of a text, 1 GiB as doubles: a number takes as little as two bytes of text, so that
/// memory would fill with four times the size of the file.
inline constexpr std::size_t csv_numbers_limit = std::size_t{1} << 27;

enum class CsvLabel {
  none,  ///< every field is a number
  last,  ///< the last field of a line is dropped unread
};

/// The numbers as lines x fields; gzip is unpacked. Throws DataError, with line and field (both counted from 1), where
/// a field is no finite number, a line is longer or shorter than the first, nothing is left to read, or there is more
/// than unpacked_limit bytes of text or csv_numbers_limit numbers.
Matrix<double> read_csv_numbers(const std::filesystem::path& file, CsvLabel label);

/// The same from bytes in memory, of at most `limit` numbers; `file` is for the message only.
Matrix<double> parse_csv_numbers(std::span<const std::uint8_t> bytes, const std::filesystem::path& file, CsvLabel label,
                                 std::size_t limit = csv_numbers_limit);

}  // namespace pathquant
