// Text check of a config: UTF-8 without control characters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pathquant {

struct TextFault {
  std::size_t offset = 0;  ///< of the first invalid byte
  std::string message;
};

/// Finds the first byte that is not part of a printable UTF-8 character, a tab or a line break. yaml-cpp must not see
/// such bytes: it takes 0x04 for the end of the file, which silently drops the rest, and guesses UTF-16 from zero
/// bytes.
std::optional<TextFault> find_text_fault(std::string_view text);

}  // namespace pathquant
