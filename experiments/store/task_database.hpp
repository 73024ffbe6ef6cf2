// The one database that a process writes. Not for use outside this folder.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "experiments/store/sqlite.hpp"

namespace pathquant {

/// Thread-safe.
class TaskDatabase {
 public:
  /// The file is made with the first task or part.
  explicit TaskDatabase(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Writes all or none; when it returns they survive SIGKILL and power loss. Throws StoreError.
  void commit(const std::vector<StoredTask>& tasks);
  /// The same for one part of a task that is not finished; a part that is kept already stays as it is.
  void keep_part(const TaskKey& key, const std::string& part, const std::string& content);

 private:
  void create();
  void in_transaction(const std::function<void()>& write);
  void insert(Statement& statement, const StoredTask& task, std::int64_t now);

  std::filesystem::path folder_;
  std::filesystem::path path_;
  std::unique_ptr<Database> database_;
  bool has_schema_ = false;
  bool has_parts_ = false;  ///< the table
  std::mutex mutex_;        ///< guards all of this
};

}  // namespace pathquant
