// Finished tasks on disk: SQLite, one database per writing process, so that shards and a second sweep in the same
// folder need no lock on a network file system. What was committed survives SIGKILL and power loss.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "experiments/task/checkpoint.hpp"
#include "experiments/task/task_key.hpp"

#include "core/error.hpp"

namespace pathquant {

/// One finished task. `content` is everything that must be the same whenever the task is run again (a JSON text);
/// `seconds` is not.
struct StoredTask {
  std::string cell_id;
  std::int64_t trial = 0;
  std::string status;  ///< ok, skipped, failed, timeout
  std::string content;
  double seconds = 0;
};
using StoredTasks = std::map<TaskKey, StoredTask>;

/// Whether it failed or timed out.
inline bool is_bad(const StoredTask& task) {
  return task.status == "failed" || task.status == "timeout";
}

/// A folder that cannot be read or written, a damaged database, or two stored tasks that contradict each other.
struct StoreError : Error {
  using Error::Error;
};

/// How a folder's tasks are read.
struct LoadRules {
  /// Whether two ok rows of this cell must have one content; by default all must.
  std::function<bool(const std::string& cell_id)> must_agree = {};
  /// Is told of every damaged row that no sound row of its task stands in for: file, cell, trial, and what follows.
  std::function<void(const std::string& message)> damaged = {};
};

/// Reads every database (*.sqlite) in `folder`, which need not exist. Of several rows of one task an ok one counts
/// before the others: the first written of the ok ones, the latest written of the others. What a killed writer left
/// half done is rolled back, or left out where the folder may only be read. A row whose checksum is not that of its
/// fields is left out. Throws StoreError when two ok rows of one task that must agree differ in content, naming both
/// files.
StoredTasks load_tasks(const std::filesystem::path& folder, const LoadRules& rules = {});

/// Removes these tasks and their parts from every database under `folder`, so that they can be run anew. Throws
/// StoreError.
void forget_tasks(const std::filesystem::path& folder, const std::set<TaskKey>& tasks);

/// Writes tasks in the background: committed in groups at most 200 ms apart, with full synchronisation. The parts that
/// unfinished tasks keep are committed at once; they are removed with the commit of their task.
class TaskWriter {
 public:
  /// `committed` is called (on the writer's thread) with each task after its commit: only then is it done. What it
  /// throws is a failure of writing. It must not call close(), and may be empty. Creates the folder at once and reads the
  /// parts that are kept there; throws StoreError when the folder cannot be read or written. The database is made with
  /// the first task or part.
  TaskWriter(std::filesystem::path folder, std::function<void(const StoredTask&)> committed);
  /// Commits what is left.
  ~TaskWriter();
  TaskWriter(const TaskWriter&) = delete;
  TaskWriter& operator=(const TaskWriter&) = delete;

  /// Thread-safe. Throws StoreError once writing has failed (disk full).
  void put(StoredTask task);
  /// The parts of a task: those that earlier processes have kept, and a place for more. Thread-safe; must not outlive
  /// the writer.
  std::unique_ptr<Checkpoint> checkpoint(const TaskKey& key);
  /// Commits what is left and ends the thread; throws StoreError when writing failed.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pathquant
