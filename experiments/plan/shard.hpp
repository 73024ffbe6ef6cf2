// Part k of n of a sweep's tasks, for runs on several machines.
#pragma once

#include <cstddef>
#include <string>

namespace pathquant {

struct Shard {
  std::size_t part = 1;  ///< from 1
  std::size_t parts = 1;

  /// Whether the item at this place, from 0, belongs to it.
  bool has(std::size_t place) const { return place % parts == part - 1; }
};

/// "k/n". Throws std::invalid_argument.
Shard parse_shard(const std::string& text);

}  // namespace pathquant
