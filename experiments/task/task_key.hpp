// The name of a task in the store and in results.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace pathquant {

using TaskKey = std::pair<std::string, std::int64_t>;  ///< (cell_id, trial)

}  // namespace pathquant
