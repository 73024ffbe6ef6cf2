#include "core/data/csv_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "core/data/bytes.hpp"
#include "core/data/data_error.hpp"

namespace pathquant {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::vector<std::string_view> fields_of(std::string_view line, CsvLabel label) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = std::min(line.find(','), line.size());
    fields.push_back(trimmed(line.substr(0, comma)));
    if (comma == line.size()) break;
    line.remove_prefix(comma + 1);
  }
  if (label == CsvLabel::last) fields.pop_back();
  return fields;
}

/// Whether the first digit but 0 of a decimal number stands behind the point, its exponent counted: then a number that
/// no double is near to is too small, and otherwise too large.
bool is_below_one(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);  // 1: just before the point
  std::string_view power = number.substr(std::min(e + 1, number.size()));
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [end, problem] = std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (problem == std::errc::result_out_of_range) return power.starts_with('-');
  return place + exponent <= 0;
}

/// What a field says: a number, infinite where it is too large for a double; nothing where it is no number.
std::optional<double> number(std::string_view field) {
  if (field.starts_with('+') && field.substr(1).find_first_of("+-") != 0) field.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (problem == std::errc::invalid_argument || end != field.data() + field.size()) return std::nullopt;
  if (problem == std::errc::result_out_of_range)
    value = is_below_one(field) ? 0.0 : std::numeric_limits<double>::infinity();
  return value;
}

bool is_heading(const std::vector<std::string_view>& fields) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto is_number = [](std::string_view field) { return number(field).has_value(); };
  // Beyond ASCII every byte may be of a letter.
  const auto has_letter = [&](std::string_view field) {
    return std::any_of(field.begin(), field.end(), [&](char c) { return is_letter(c) || (c & 0x80) != 0; });
  };
  return std::none_of(fields.begin(), fields.end(), is_number) && std::any_of(fields.begin(), fields.end(), has_letter);
}

/// Refuses the first field that is no number, quoted as far as it is short.
[[noreturn]] void refuse(const std::filesystem::path& file, Index line, std::size_t field, std::string_view text) {
  constexpr std::size_t shown = 40;
  std::string quoted(text.substr(0, shown));
  for (char& c : quoted)
    if (c < ' ' || c > '~') c = '?';
  throw DataError(file, fmt::format("line {}, field {} is not a finite number: '{}'", line, field, quoted));
}

}  // namespace

Matrix<double> parse_csv_numbers(std::span<const std::uint8_t> bytes, const std::filesystem::path& file, CsvLabel label,
                                 std::size_t limit) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the mark that some programs begin UTF-8 with
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  std::vector<double> values;
  Index line_number = 0;
  std::size_t width = 0;
  Index rows = 0;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    const auto fields = fields_of(text.substr(0, newline), label);
    text.remove_prefix(std::min(newline + 1, text.size()));
    ++line_number;
    if (line_number == 1) {
      width = fields.size();
      if (width == 0) throw DataError(file, "line 1 has nothing but a label; a line needs a number before it");
      if (is_heading(fields)) continue;
    }
    if (fields.size() != width)
      throw DataError(file, fmt::format("line {} has {} fields and line 1 has {}", line_number, fields.size(), width));
    if (width > limit - values.size())
      throw DataError(file, fmt::format("holds more than {} numbers, the most that is read of a text; save a matrix of "
                                        "this size as NPY",
                                        limit));
    for (std::size_t field = 0; field < width; ++field) {
      const auto value = number(fields[field]);
      if (!value || !std::isfinite(*value)) refuse(file, line_number, field + 1, fields[field]);
      values.push_back(*value);
    }
    ++rows;
  }
  if (rows == 0) throw DataError(file, "holds no line of numbers");
  return Eigen::Map<const RowMatrix<double>>(values.data(), rows, static_cast<Index>(width));
}

Matrix<double> read_csv_numbers(const std::filesystem::path& file, CsvLabel label) {
  return parse_csv_numbers(read_bytes(file, unpacked_limit), file, label);
}

}  // namespace pathquant
