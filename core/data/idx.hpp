// The IDX layout of MNIST's image files.
//
//   bytes 0-3    00 00 08 03: unsigned bytes, three dimensions
//   bytes 4-15   images, height, width: three 32-bit big-endian integers
//   then         images x height x width pixels, one byte each, row-major
#pragma once

#include <filesystem>
#include <span>

#include "core/data/byte_table.hpp"

namespace pathquant {

/// The images as samples x (height * width) bytes; gzip is unpacked. Throws DataError when the file is missing,
/// truncated, longer than its header says, of another type or dimension, or without a pixel.
ByteTable read_idx_images(const std::filesystem::path& file);

/// The same from bytes in memory; `file` is for the message only.
ByteTable parse_idx_images(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

}  // namespace pathquant
