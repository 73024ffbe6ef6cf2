// The one database that a process writes. Not for use outside this folder.
#pragma once

#include <memory>
#include <vector>

#include "experiments/store/sqlite.hpp"

namespace pathquant {

class TaskDatabase {
 public:
  /// The file is made with the first task.
  explicit TaskDatabase(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Writes all or none; when it returns they survive SIGKILL and power loss. Throws StoreError.
  void commit(const std::vector<StoredTask>& tasks);

 private:
  void create();
  void insert(Statement& statement, const StoredTask& task, std::int64_t now);

  std::filesystem::path folder_;
  std::filesystem::path path_;
  std::unique_ptr<Database> database_;
  bool has_schema_ = false;
};

}  // namespace pathquant
