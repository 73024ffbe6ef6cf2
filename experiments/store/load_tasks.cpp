#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "experiments/store/sqlite.hpp"

namespace pathquant {
namespace {

namespace fs = std::filesystem;

struct StoredRow {
  StoredTask task;
  std::int64_t written = 0;  ///< milliseconds since 1970
};

std::vector<StoredRow> read_rows(Database& database, const fs::path& path) {
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
  std::vector<StoredRow> rows;
  Statement select(database, "SELECT cell_id, trial, status, content, seconds, written FROM tasks");
  while (select.step())
    rows.push_back(
        {{select.text(0), select.integer(1), select.text(2), select.text(3), select.real(4)}, select.integer(5)});
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
std::vector<StoredRow> read_without_writing(const fs::path& path) {
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

std::vector<StoredRow> read_database(const fs::path& path) {
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

std::vector<fs::path> databases(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return found;
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error))
    if (file->path().extension() == database_suffix) found.push_back(file->path());
  if (error) throw StoreError(fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  std::sort(found.begin(), found.end());
  return found;
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
  const std::vector<fs::path> paths = databases(folder);
  Merger merger;
  for (const fs::path& path : paths)
    for (StoredRow& row : read_database(path)) merger.add(std::move(row), path);
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
