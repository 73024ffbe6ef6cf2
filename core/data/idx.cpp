#include "core/data/idx.hpp"

#include <fmt/format.h>

#include "core/data/data_error.hpp"

namespace pathquant {

namespace {

constexpr std::size_t header_size = 16;

std::uint64_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

}  // namespace

ByteTable parse_idx_images(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    throw DataError(file, "is not an IDX file (it does not begin with two zero bytes); fetch it again");
  if (bytes[2] != 8)
    throw DataError(file, fmt::format("holds IDX type 0x{:02x} where unsigned bytes (0x08) are needed", bytes[2]));
  if (bytes[3] != 3)
    throw DataError(
        file, fmt::format("has {} dimensions where images have 3 (labels have 1); give the file of images", bytes[3]));
  if (bytes.size() < header_size) throw DataError(file, "is truncated inside its header; fetch or copy it again");

  const std::uint64_t images = big_endian(bytes, 4);
  const std::uint64_t height = big_endian(bytes, 8);
  const std::uint64_t width = big_endian(bytes, 12);
  if (images == 0 || height == 0 || width == 0)
    throw DataError(file, fmt::format("is empty: {} images of {} x {} pixels", images, height, width));
  const std::uint64_t pixels = height * width;  // two factors below 2^32: no overflow; images * pixels might
  const std::uint64_t present = bytes.size() - header_size;
  if (present % pixels != 0 || present / pixels != images)
    throw DataError(
        file,
        fmt::format("{}: its header promises {} images of {} x {} bytes, and {} bytes follow; fetch or copy it again",
                    present / pixels < images ? "is truncated" : "has bytes too many", images, height, width, present));
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(header_size);
  return {static_cast<Index>(images), static_cast<Index>(pixels), Bytes(first, bytes.end())};
}

ByteTable read_idx_images(const std::filesystem::path& file) {
  return parse_idx_images(read_bytes(file), file);
}

}  // namespace pathquant
