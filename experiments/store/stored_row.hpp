// One row of a database's table of tasks, with the sum that tells whether it is as it was written. Not for use outside
// this folder.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/store/store.hpp"

namespace pathquant {

struct StoredRow {
  StoredTask task;
  std::int64_t written = 0;  ///< milliseconds since 1970
};

/// The first 16 hexadecimal digits of the SHA-256 of all fields, each with its length before it.
std::string row_checksum(const StoredRow& row);

/// Whether a row that was written without a checksum can be one of ours: a status there is, a JSON text that does not
/// nest too deep, a time.
bool is_plausible(const StoredRow& row);

}  // namespace pathquant
