#include "core/data/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/data/data_error.hpp"

namespace pathquant {

namespace {

/// Appends the line's fields to `values` and returns their number.
Index append_fields(std::string_view line, Index line_number, Bytes& values, const std::filesystem::path& file) {
  Index fields = 0;
  while (true) {
    const std::size_t comma = std::min(line.find(','), line.size());
    const std::string_view field = line.substr(0, comma);
    std::uint8_t value = 0;
    const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
    ++fields;
    if (problem != std::errc() || end != field.data() + field.size())
      throw DataError(file,
                      fmt::format("line {}, field {} is not an integer from 0 to 255; the file may be truncated or "
                                  "of another kind: fetch it again",
                                  line_number, fields));
    values.push_back(value);
    if (comma == line.size()) return fields;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

ByteTable parse_csv_bytes(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ByteTable table;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++table.rows;
    const Index fields = append_fields(line, table.rows, table.values, file);
    if (table.rows == 1) table.columns = fields;
    if (fields != table.columns)
      throw DataError(file,
                      fmt::format("line {} has {} fields and line 1 has {}; the file may be truncated: fetch it again",
                                  table.rows, fields, table.columns));
  }
  if (table.rows == 0) throw DataError(file, "is empty; fetch it again");
  return table;
}

ByteTable read_csv_bytes(const std::filesystem::path& file) {
  return parse_csv_bytes(read_bytes(file, unpacked_limit), file);
}

}  // namespace pathquant
