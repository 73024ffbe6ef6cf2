#include <fmt/format.h>

#include <vector>

#include "experiments/store/database_files.hpp"

namespace pathquant {
namespace {

namespace fs = std::filesystem;

struct StoredRow {
  StoredTask task;
  std::int64_t written = 0;  ///< milliseconds since 1970
};

std::vector<StoredRow> read_rows(Database& database) {
  std::vector<StoredRow> rows;
  Statement select(database, "SELECT cell_id, trial, status, content, seconds, written FROM tasks");
  while (select.step())
    rows.push_back(
        {{select.text(0), select.integer(1), select.text(2), select.text(3), select.real(4)}, select.integer(5)});
  return rows;
}

/// All rows, each task under the rule of load_tasks().
class Merger {
 public:
  void add(StoredRow row, const fs::path& path) {
    const TaskKey key{row.task.cell_id, row.task.trial};
    const auto [place, is_new] = best_.try_emplace(key, Best{row, &path});
    if (is_new) return;
    Best& best = place->second;
    const bool was_ok = best.row.task.status == "ok";
    const bool is_ok = row.task.status == "ok";
    if (was_ok && is_ok && best.row.task.content != row.task.content)
      throw StoreError(
          fmt::format("{} and {} contradict each other: different results of cell {}, trial {}; move away the "
                      "one that is wrong",
                      best.path->string(), path.string(), key.first, key.second));
    // Of equal ok rows the first written stays, so that what was reported once does not change.
    const bool counts = is_ok ? !was_ok || row.written < best.row.written : !was_ok && row.written > best.row.written;
    if (counts) best = {std::move(row), &path};
  }

  StoredTasks take() {
    StoredTasks tasks;
    for (auto& [key, best] : best_) tasks.emplace(key, std::move(best.row.task));
    return tasks;
  }

 private:
  struct Best {
    StoredRow row;
    const fs::path* path;
  };
  std::map<TaskKey, Best> best_;
};

}  // namespace

StoredTasks load_tasks(const fs::path& folder) {
  const std::vector<fs::path> paths = database_files(folder);
  Merger merger;
  for (const fs::path& path : paths) {
    std::vector<StoredRow> rows;
    read_database(path, [&](Database& database) { rows = read_rows(database); });
    for (StoredRow& row : rows) merger.add(std::move(row), path);
  }
  return merger.take();
}

void forget_tasks(const fs::path& folder, const std::set<TaskKey>& tasks) {
  for (const fs::path& path : database_files(folder)) {
    Database database(path, SQLITE_OPEN_READWRITE);
    database.execute("BEGIN IMMEDIATE");
    for (const char* table : {"tasks", "parts"}) delete_rows(database, table, tasks);
    database.execute("COMMIT");
  }
}

}  // namespace pathquant
