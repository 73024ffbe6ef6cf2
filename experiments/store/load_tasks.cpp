#include <fmt/format.h>

#include <vector>

#include "experiments/store/database_files.hpp"
#include "experiments/store/stored_row.hpp"

namespace pathquant {
namespace {

namespace fs = std::filesystem;

/// A row with whether it is as it was written.
struct ReadRow {
  StoredRow row;
  bool sound = true;
};

/// The first databases have no checksums.
bool has_checksums(Database& database) {
  constexpr const char* columns = "SELECT count(*) FROM pragma_table_info('tasks')";
  constexpr std::int64_t columns_before = 6;
  return database.integer(columns) != columns_before;
}

std::vector<ReadRow> read_rows(Database& database) {
  const bool summed = has_checksums(database);
  std::vector<ReadRow> rows;
  Statement select(database, summed ? "SELECT cell_id, trial, status, content, seconds, written, checksum FROM tasks"
                                    : "SELECT cell_id, trial, status, content, seconds, written FROM tasks");
  while (select.step()) {
    StoredRow row{{select.text(0), select.integer(1), select.text(2), select.text(3), select.real(4)},
                  select.integer(5)};
    const bool sound = summed ? row_checksum(row) == select.text(6) : is_plausible(row);
    rows.push_back({std::move(row), sound});
  }
  return rows;
}

/// All rows, each task under the rule of load_tasks().
class Merger {
 public:
  explicit Merger(const LoadRules& rules) : rules_(rules) {}

  void add(ReadRow read, const fs::path& path) {
    StoredRow& row = read.row;
    if (!read.sound) {
      damaged_.emplace_back(std::move(row.task), &path);
      return;
    }
    const TaskKey key{row.task.cell_id, row.task.trial};
    const auto [place, is_new] = best_.try_emplace(key, Best{row, &path});
    if (is_new) return;
    Best& best = place->second;
    const bool was_ok = best.row.task.status == "ok";
    const bool is_ok = row.task.status == "ok";
    if (was_ok && is_ok && best.row.task.content != row.task.content &&
        (!rules_.must_agree || rules_.must_agree(key.first)))
      throw StoreError(
          fmt::format("{} and {} contradict each other: different results of cell {}, trial {}; move away the "
                      "one that is wrong, or run the cell again with --force",
                      best.path->string(), path.string(), key.first, key.second));
    // Of equal ok rows the first written stays, so that what was reported once does not change.
    const bool counts = is_ok ? !was_ok || row.written < best.row.written : !was_ok && row.written > best.row.written;
    if (counts) best = {std::move(row), &path};
  }

  StoredTasks take() {
    for (const auto& [task, path] : damaged_)
      if (rules_.damaged && !best_.contains({task.cell_id, task.trial}))
        rules_.damaged(fmt::format(
            "{}: what is stored of cell {}, trial {} is damaged and does not count: the sweep runs it again",
            path->string(), printable(task.cell_id), task.trial));
    StoredTasks tasks;
    for (auto& [key, best] : best_) tasks.emplace(key, std::move(best.row.task));
    return tasks;
  }

 private:
  struct Best {
    StoredRow row;
    const fs::path* path;
  };
  // A damaged name may hold anything.
  static std::string printable(std::string text) {
    for (char& c : text)
      if (c < ' ' || c > '~') c = '?';
    return text;
  }

  const LoadRules& rules_;
  std::map<TaskKey, Best> best_;
  std::vector<std::pair<StoredTask, const fs::path*>> damaged_;
};

}  // namespace

StoredTasks load_tasks(const fs::path& folder, const LoadRules& rules) {
  const std::vector<fs::path> paths = database_files(folder);
  Merger merger(rules);
  for (const fs::path& path : paths) {
    std::vector<ReadRow> rows;
    read_database(path, [&](Database& database) { rows = read_rows(database); });
    for (ReadRow& read : rows) merger.add(std::move(read), path);
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
