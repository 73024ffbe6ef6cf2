// Tables of small integers as text: scikit-learn's digits.
#pragma once

#include <filesystem>
#include <span>

#include "core/data/byte_table.hpp"

namespace pathquant {

/// Lines of integers 0..255 with commas between them, as many on every line, without a heading; gzip is unpacked, and
/// lines may end in CR LF. Throws DataError, with line and field (both counted from 1), where a field is not such an
/// integer or a line is longer or shorter than the first.
ByteTable read_csv_bytes(const std::filesystem::path& file);

/// The same from bytes in memory; `file` is for the message only.
ByteTable parse_csv_bytes(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

}  // namespace pathquant
