#include "core/data/tar.hpp"

#include <algorithm>
#include <optional>

#include "core/data/data_error.hpp"

namespace pathquant {

namespace {

using Block = std::span<const std::uint8_t>;

constexpr std::size_t block_size = 512;

/// A field of text, which ends at its first NUL or with the field.
std::string text(Block header, std::size_t at, std::size_t size) {
  const auto field = header.subspan(at, size);
  return {field.begin(), std::find(field.begin(), field.end(), 0)};
}

/// A field of octal digits, which may stand between blanks and ends at a blank or NUL.
std::optional<std::uint64_t> octal(Block header, std::size_t at, std::size_t size) {
  std::string digits = text(header, at, size);
  digits.erase(0, digits.find_first_not_of(' '));
  digits.erase(std::min(digits.find(' '), digits.size()));
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');  // at most 12 digits: no overflow
  }
  return value;
}

bool is_sound(Block header) {
  constexpr std::size_t sum_at = 148, sum_size = 8;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block_size; ++i)
    sum += i >= sum_at && i < sum_at + sum_size ? std::uint64_t{' '} : header[i];
  return octal(header, sum_at, sum_size) == sum && text(header, 257, 5) == "ustar";
}

}  // namespace

std::vector<TarMember> parse_tar(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  std::vector<TarMember> members;
  while (!bytes.empty()) {
    if (bytes.size() < block_size) throw DataError(file, "its tar is truncated; fetch or copy the file again");
    const Block header = bytes.first(block_size);
    if (std::all_of(header.begin(), header.end(), [](std::uint8_t byte) { return byte == 0; })) break;
    const auto size = octal(header, 124, 12);
    if (!is_sound(header) || !size)
      throw DataError(file, "is no tar archive, or a damaged one; fetch or copy the file again");
    bytes = bytes.subspan(block_size);
    if (*size > bytes.size()) throw DataError(file, "its tar is truncated; fetch or copy the file again");
    const std::uint8_t type = header[156];
    const std::string before = text(header, 345, 155);
    if (type == '0' || type == 0)
      members.push_back({(before.empty() ? "" : before + "/") + text(header, 0, 100), bytes.first(*size)});
    bytes = bytes.subspan(std::min(bytes.size(), (*size + block_size - 1) / block_size * block_size));
  }
  if (members.empty()) throw DataError(file, "is a tar archive without a file; fetch or copy it again");
  return members;
}

}  // namespace pathquant
