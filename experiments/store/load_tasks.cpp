#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "experiments/store/sqlite.hpp"
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

std::vector<ReadRow> read_rows(Database& database, const fs::path& path) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version > schema_version)
    throw StoreError(
        fmt::format("{}: written by a newer pathquant (format {}, this one knows {}): update it, or choose "
                    "another folder with --output",
                    path.string(), version, schema_version));
  // SQLite takes a file that is too short for a header as an empty database.
  const std::string file = sqlite3_db_filename(database.handle(), "main");
  if (database.integer("PRAGMA page_count") == 0 && fs::file_size(file) > 0)
    throw StoreError(fmt::format("{}: it is damaged or no database: move it away", path.string()));
  // Killed before its first commit, a writer leaves an empty file, or one that is rolled back to nothing.
  if (database.integer("SELECT count(*) FROM sqlite_master") == 0) return {};
  if (version != schema_version)
    throw StoreError(fmt::format("{}: not a database of pathquant: move it away", path.string()));
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

class PassingFolder {
 public:
  PassingFolder() {
    std::string name = (fs::temp_directory_path() / "pathquant-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw StoreError(fmt::format("cannot make a folder {}", name));
    path_ = name;
  }
  ~PassingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// For a folder that may only be read. Where a killed writer left its journal the pages are half those of an unfinished
/// commit: rolled back on a copy. Without one nothing is unfinished, and the file is read as it is, without locks.
std::vector<ReadRow> read_without_writing(const fs::path& path) {
  const fs::path journal = path.string() + "-journal";
  if (!fs::exists(journal)) {
    Database database(path, SQLITE_OPEN_READONLY, true);
    return read_rows(database, path);
  }
  const PassingFolder folder;
  const fs::path copy = folder.path() / "copy.sqlite";
  fs::copy_file(path, copy);
  fs::copy_file(journal, copy.string() + "-journal");
  for (const fs::path& file : {copy, fs::path(copy.string() + "-journal")})
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  Database database(copy, SQLITE_OPEN_READWRITE);
  return read_rows(database, path);
}

std::vector<ReadRow> read_database(const fs::path& path) {
  try {
    // Not read-only: what SIGKILL left half written must be rolled back. Where writing is not permitted SQLite opens
    // for reading by itself, and that does for a database that was closed properly.
    Database database(path, SQLITE_OPEN_READWRITE);
    return read_rows(database, path);
  } catch (const SqliteError& error) {
    const bool no_access = error.code == SQLITE_READONLY || error.code == SQLITE_CANTOPEN ||
                           error.code == SQLITE_PERM || error.code == SQLITE_IOERR;
    if (!no_access) throw;
    try {
      return read_without_writing(path);
    } catch (const SqliteError&) {
      // What was wrong at first says more.
    } catch (const fs::filesystem_error&) {
    }
    throw;
  }
}

/// To open a pipe waits for ever.
void require_regular(const fs::path& path) {
  for (const fs::path& file : {path, fs::path(path.string() + "-journal")}) {
    std::error_code ignored;
    const fs::file_status status = fs::status(file, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status))
      throw StoreError(fmt::format("{}: is no regular file and so no database: move it away", file.string()));
  }
}

std::vector<fs::path> databases(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return found;
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error))
    if (file->path().extension() == database_suffix) found.push_back(file->path());
  for (const fs::path& path : found) require_regular(path);
  if (error) throw StoreError(fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  std::sort(found.begin(), found.end());
  return found;
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
  const std::vector<fs::path> paths = databases(folder);
  Merger merger(rules);
  for (const fs::path& path : paths)
    for (ReadRow& read : read_database(path)) merger.add(std::move(read), path);
  return merger.take();
}

void forget_tasks(const fs::path& folder, const std::set<TaskKey>& tasks) {
  for (const fs::path& path : databases(folder)) {
    Database database(path, SQLITE_OPEN_READWRITE);
    if (database.integer("SELECT count(*) FROM sqlite_master") == 0) continue;
    database.execute("BEGIN IMMEDIATE");
    {
      Statement remove(database, "DELETE FROM tasks WHERE cell_id = ?1 AND trial = ?2");
      for (const auto& [cell_id, trial] : tasks) {
        remove.bind(1, cell_id);
        remove.bind(2, trial);
        remove.step();
        remove.reset();
      }
    }
    database.execute("COMMIT");
  }
}

}  // namespace pathquant
