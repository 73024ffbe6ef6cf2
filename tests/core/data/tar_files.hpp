// Tar archives for tests.
#pragma once

#include <fmt/format.h>

#include <numeric>
#include <string>

#include "tests/core/data/files.hpp"

namespace pathquant::testing {

inline void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// A member's header (POSIX.1-1988) and its content, filled up to whole blocks.
inline Bytes tar_member(const std::string& name, const Bytes& content, char type = '0') {
  Bytes header(512);
  const auto put = [&](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, name);
  put(100, "0000644");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string(1, type));
  put(257, "ustar");
  put(263, "00");
  put(148, fmt::format("{:06o}", std::accumulate(header.begin(), header.end(), 0u)) + std::string(1, '\0') + " ");
  append(header, content);
  header.resize((header.size() + 511) / 512 * 512);
  return header;
}

}  // namespace pathquant::testing
