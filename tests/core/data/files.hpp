// Helpers for tests of files: a temporary folder, gzip, a changed environment, deliberate damage.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/data/bytes.hpp"
#include "tests/temporary_folder.hpp"

namespace pathquant::testing {

/// Another value of an environment variable as long as this object exists.
class ChangedVariable {
 public:
  ChangedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ChangedVariable(const ChangedVariable&) = delete;
  ChangedVariable& operator=(const ChangedVariable&) = delete;
  ~ChangedVariable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

inline Bytes bytes_of(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

inline Bytes gzip(Bytes plain) {
  z_stream stream = {};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  Bytes packed(deflateBound(&stream, plain.size()) + 64);
  stream.next_in = plain.data();
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  return Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(stream.total_out));
}

/// IDX bytes: `magic` and the dimensions, then the pixels.
inline Bytes idx(std::initializer_list<std::uint32_t> words, const Bytes& pixels) {
  Bytes bytes;
  for (const std::uint32_t word : words)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift & 0xff));
  bytes.insert(bytes.end(), pixels.begin(), pixels.end());
  return bytes;
}

/// One to four flipped bits, and half of the time a cut or some bytes more at the end.
inline Bytes damaged(Bytes bytes, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
  for (std::size_t flips = 1 + below(4); flips-- > 0 && !bytes.empty();)
    bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1u << below(8));
  if (below(2) == 0) bytes.resize(below(bytes.size() + 8));
  return bytes;
}

/// The text of the E that `action` throws; empty when it throws nothing. Other exceptions pass.
template <class E, class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace pathquant::testing
