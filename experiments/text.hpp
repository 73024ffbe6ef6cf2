// Small things that are done to texts.
#pragma once

#include <string>
#include <string_view>

namespace pathquant {

/// The text with every `place` in it replaced by `value`.
inline std::string with(std::string text, std::string_view place, std::string_view value) {
  for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size())
    text.replace(at, place.size(), value);
  return text;
}

}  // namespace pathquant
