#include "experiments/plan/shard.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace pathquant {

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto [slash, first] = std::from_chars(text.data(), end, shard.part);
  const bool split = first == std::errc() && slash != end && *slash == '/';
  const auto [rest, second] =
      split ? std::from_chars(slash + 1, end, shard.parts) : std::from_chars_result{text.data(), first};
  if (!split || second != std::errc() || rest != end || shard.part < 1 || shard.part > shard.parts)
    throw std::invalid_argument(fmt::format("--shard takes k/n with 1 <= k <= n, not '{}'", text));
  return shard;
}

}  // namespace pathquant
