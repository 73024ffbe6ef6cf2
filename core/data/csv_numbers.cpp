#include "core/data/csv_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
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

std::optional<double> number(std::string_view field) {
  if (field.starts_with('+') && field.substr(1).find_first_of("+-") != 0) field.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (problem != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_heading(const std::vector<std::string_view>& fields) {
  return std::none_of(fields.begin(), fields.end(), [](std::string_view field) { return number(field).has_value(); });
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

Matrix<double> parse_csv_numbers(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                                 CsvLabel label) {
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
    for (std::size_t field = 0; field < width; ++field) {
      const auto value = number(fields[field]);
      if (!value) refuse(file, line_number, field + 1, fields[field]);
      values.push_back(*value);
    }
    ++rows;
  }
  if (rows == 0) throw DataError(file, "holds no line of numbers");
  return Eigen::Map<const RowMatrix<double>>(values.data(), rows, static_cast<Index>(width));
}

Matrix<double> read_csv_numbers(const std::filesystem::path& file, CsvLabel label) {
  return parse_csv_numbers(read_bytes(file), file, label);
}

}  // namespace pathquant
