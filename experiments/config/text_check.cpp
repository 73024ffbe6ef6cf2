#include "experiments/config/text_check.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace pathquant {
namespace {

struct Decoded {
  std::size_t bytes = 0;  ///< 0: not UTF-8
  std::uint32_t code = 0;
};

Decoded decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = code << 6U | (next & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {bytes, code};
}

bool is_control(std::uint32_t code) {
  if (code < 0x20) return code != '\t' && code != '\n' && code != '\r';
  return code >= 0x7F && code < 0xA0 && code != 0x85;
}

}  // namespace

std::optional<TextFault> find_text_fault(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text.substr(at));
    if (character.bytes == 0)
      return TextFault{at, fmt::format("byte 0x{:02x} is not UTF-8: save the file as UTF-8",
                                       static_cast<unsigned>(static_cast<unsigned char>(text[at])))};
    if (is_control(character.code))
      return TextFault{at, fmt::format("control character 0x{:02x}: delete it", character.code)};
    at += character.bytes;
  }
  return std::nullopt;
}

}  // namespace pathquant
