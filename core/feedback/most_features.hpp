// The limit of width of what holds N x N numbers.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/types.hpp"

namespace pathquant {

/// The largest width N of what holds N x N numbers: 8 GiB in double precision.
inline constexpr Index most_features = 32768;

/// Why a layer of this width is declined; absent where it is taken. `what` is the subject of the sentence.
inline std::optional<std::string> too_wide(std::string_view what, Index width) {
  if (width <= most_features) return std::nullopt;
  return fmt::format("{} N x N numbers: at most {} features", what, most_features);
}

/// The same as misuse: throws std::domain_error.
inline void require_width(std::string_view what, Index width) {
  if (const auto reason = too_wide(what, width)) throw std::domain_error(*reason);
}

}  // namespace pathquant
