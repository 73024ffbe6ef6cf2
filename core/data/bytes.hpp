// Whole files as bytes, gzip undone on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <vector>

namespace pathquant {

using Bytes = std::vector<std::uint8_t>;

/// What a packed file may unpack to: a few megabytes of gzip can stand for gigabytes of zeros. 1 GiB is five times the
/// largest packed file of a known data set, and with its numbers as doubles it still fits into a small machine.
inline constexpr std::size_t unpacked_limit = std::size_t{1} << 30;

/// The content of a regular file, unpacked when it is gzip, which its first two bytes decide and not its name.
/// Throws DataError when the file is missing, a folder, unreadable, of more than `limit` bytes, or its gzip truncated,
/// corrupt or larger than `limit` or unpacked_limit.
Bytes read_bytes(const std::filesystem::path& file, std::size_t limit = std::numeric_limits<std::size_t>::max());

/// True when the bytes begin like a gzip file (1f 8b).
bool is_gzip(std::span<const std::uint8_t> bytes);

/// Unpacks gzip of one or several members; zeros after the last one are padding, any other byte is an error. Every
/// member's length and checksum are verified. `file` is for the message only. Throws DataError when the bytes are
/// truncated, corrupt, or unpack to more than `limit` bytes.
Bytes gunzip(std::span<const std::uint8_t> packed, const std::filesystem::path& file,
             std::size_t limit = unpacked_limit);

/// Writes the file anew, as it is. Throws DataError when that fails, naming the system's reason.
void write_bytes(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);

}  // namespace pathquant
