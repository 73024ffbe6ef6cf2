// Checkpoints of a task: what it has finished so far, kept so that a start after a kill goes on from there.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pathquant {

/// The parts that one task has stored. A part is named by the task ("layer 3") and its content is a function of the
/// task and that name alone, so that a resumed task ends with the same bytes. This class keeps nothing: every part is
/// computed; an engine that can store parts overrides it.
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  /// The content of a part that an earlier start of this task has kept.
  virtual std::optional<nlohmann::json> find(const std::string& /*part*/) const { return std::nullopt; }
  /// Keeps a part; it is on disk when the call returns.
  virtual void keep(const std::string& /*part*/, const nlohmann::json& /*content*/) {}
};

}  // namespace pathquant
