// Checkpoint of a task that runs in another process: its parts are asked for and kept over a socket.
#pragma once

#include "experiments/task/checkpoint.hpp"

namespace pathquant {

/// In the process of the task.
class RemoteCheckpoint final : public Checkpoint {
 public:
  /// `socket`: a stream socket to a process that calls answer_checkpoint_request(). It is not closed.
  explicit RemoteCheckpoint(int socket) : socket_(socket) {}

  std::optional<nlohmann::json> find(const std::string& part) const override;
  /// Throws std::runtime_error where the other process could not keep it.
  void keep(const std::string& part, const nlohmann::json& content) override;

 private:
  std::string ask(const std::string& question) const;
  int socket_;
};

/// In the process that keeps the parts: reads one request and answers it. False when no more will come.
bool answer_checkpoint_request(int socket, Checkpoint& checkpoint);

}  // namespace pathquant
