// The content of a stored task of a cell, once it has the shape that cells write.
#pragma once

#include <nlohmann/json.hpp>

#include "experiments/store/store.hpp"

namespace pathquant {

/// As experiments/task/layer_content.hpp has it where the task is ok, otherwise {"error": text}. Throws StoreError, naming
/// cell and trial, where it is of another shape.
nlohmann::json checked_content(const StoredTask& task);

/// "cell X, trial N: ..": what checked_content throws, for whoever finds a fault further inside.
StoreError damaged_content(const std::string& cell_id, std::int64_t trial, const std::string& what);

}  // namespace pathquant
