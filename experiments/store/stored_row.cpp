#include "experiments/store/stored_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"

namespace pathquant {

std::string row_checksum(const StoredRow& row) {
  const StoredTask& task = row.task;
  std::string text = fmt::format("{} {} {:016x}", task.trial, row.written, std::bit_cast<std::uint64_t>(task.seconds));
  for (const std::string* field : {&task.cell_id, &task.status, &task.content})
    fmt::format_to(std::back_inserter(text), " {}:{}", field->size(), *field);
  return sha256_hex(text).substr(0, 16);
}

bool is_plausible(const StoredRow& row) {
  const StoredTask& task = row.task;
  const auto states = {"ok", "skipped", "failed", "timeout"};
  return std::find(states.begin(), states.end(), task.status) != states.end() && std::isfinite(task.seconds) &&
         !nests_too_deep(task.content) && nlohmann::json::accept(task.content);
}

}  // namespace pathquant
