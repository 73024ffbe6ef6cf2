// The binary layout of CIFAR-10.
//
//   record    3073 bytes: the label, 0 to 9, then 1024 bytes of red, 1024 of green and 1024 of blue, each colour 32 x
//             32 row by row: the order (channel, row, column)
//   file      records without anything before, between or after them; a published file has 10000
#pragma once

#include <filesystem>
#include <span>

#include "core/data/byte_table.hpp"

namespace pathquant {

/// The images as samples x 3072 bytes, without their labels; gzip is unpacked. Throws DataError when the file is
/// missing, empty, not a whole number of records, or has a label beyond 9.
ByteTable read_cifar_images(const std::filesystem::path& file);

/// The same from bytes in memory; `file` is for the message only.
ByteTable parse_cifar_images(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

}  // namespace pathquant
