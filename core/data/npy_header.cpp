#include "core/data/npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/data/data_error.hpp"

namespace pathquant {

namespace {

/// Reads the header's literal from left to right.
class Literal {
 public:
  Literal(std::string_view rest, const std::filesystem::path& file) : rest_(rest), file_(file) {}

  /// True, and past it, where `symbol` comes next.
  bool take(char symbol) {
    skip_blanks();
    if (!rest_.starts_with(symbol)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char symbol) {
    if (!take(symbol)) fail();
  }
  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

  std::string quoted() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t length = rest_.find(quote);
    if (length == std::string_view::npos) fail();
    std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length + 1);
    return text;
  }

  bool truth() {
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!take(word.front())) continue;
      if (!rest_.starts_with(word.substr(1))) fail();
      rest_.remove_prefix(word.size() - 1);
      return value;
    }
    fail();
  }

  std::vector<std::uint64_t> integers() {
    std::vector<std::uint64_t> list;
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::uint64_t value = 0;
      const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
      if (problem != std::errc()) fail();
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      take('L');  // Python 2 wrote its long integers so
      list.push_back(value);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return list;
  }

  [[noreturn]] void fail() const { throw DataError(file_, "its NPY header is malformed; save the array again"); }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string_view rest_;
  const std::filesystem::path& file_;
};

/// Finds the literal; sets `offset` to what follows it.
std::string_view literal_text(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                              std::size_t& offset) {
  constexpr std::string_view magic = "\x93NUMPY";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("PK"))
    throw DataError(file, "is a zip archive (.npz or PyTorch); save the array alone by numpy.save");
  if (!text.starts_with(magic))
    throw DataError(file, "is not an NPY file (it does not begin with \\x93NUMPY); save it by numpy.save");
  constexpr std::string_view truncated = "is truncated inside its header; copy or save it again";
  if (bytes.size() < 8) throw DataError(file, truncated);
  const int version = bytes[6];
  if (version < 1 || version > 3)
    throw DataError(file, fmt::format("is NPY version {}.{}; versions 1 to 3 are read", version, int{bytes[7]}));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  if (bytes.size() < begin) throw DataError(file, truncated);
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | bytes[8 + i];
  if (length > bytes.size() - begin) throw DataError(file, truncated);
  offset = begin + length;
  return text.substr(begin, length);
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  NpyHeader header;
  Literal literal(literal_text(bytes, file, header.offset), file);
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::uint64_t>> shape;
  literal.expect('{');
  while (!literal.take('}')) {
    const std::string key = literal.quoted();
    literal.expect(':');
    if (key == "descr" && !descr) {
      if (literal.take('['))
        throw DataError(file, "holds records (a structured dtype) where plain float32 or float64 numbers are needed");
      descr = literal.quoted();
    } else if (key == "fortran_order" && !fortran_order) {
      fortran_order = literal.truth();
    } else if (key == "shape" && !shape) {
      shape = literal.integers();
    } else {
      literal.fail();
    }
    if (!literal.take(',')) {
      literal.expect('}');
      break;
    }
  }
  if (!literal.at_end() || !descr || !fortran_order || !shape) literal.fail();
  header.descr = std::move(*descr);
  header.fortran_order = *fortran_order;
  header.shape = std::move(*shape);
  return header;
}

std::string npy_type_name(std::string_view descr) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 17> names = {{{"f2", "float16"},
                                                                                           {"f4", "float32"},
                                                                                           {"f8", "float64"},
                                                                                           {"f16", "long double"},
                                                                                           {"i1", "int8"},
                                                                                           {"i2", "int16"},
                                                                                           {"i4", "int32"},
                                                                                           {"i8", "int64"},
                                                                                           {"u1", "uint8"},
                                                                                           {"u2", "uint16"},
                                                                                           {"u4", "uint32"},
                                                                                           {"u8", "uint64"},
                                                                                           {"b1", "bool"},
                                                                                           {"c8", "complex64"},
                                                                                           {"c16", "complex128"},
                                                                                           {"O", "object"},
                                                                                           {"U", "text"}}};
  if (descr.empty()) return "unnamed";
  for (const auto& [suffix, name] : names)
    if (descr.substr(1) == suffix)
      return fmt::format("{}{} ('{}')", descr.front() == '>' ? "big-endian " : "", name, descr);
  return fmt::format("'{}'", descr);
}

}  // namespace pathquant
