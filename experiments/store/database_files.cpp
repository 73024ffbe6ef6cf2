#include "experiments/store/database_files.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>

namespace pathquant {
namespace {

namespace fs = std::filesystem;

void read_checked(Database& database, const fs::path& path, const ReadDatabase& read) {
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
  if (database.integer("SELECT count(*) FROM sqlite_master") == 0) return;
  if (version != schema_version)
    throw StoreError(fmt::format("{}: not a database of pathquant: move it away", path.string()));
  read(database);
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
void read_without_writing(const fs::path& path, const ReadDatabase& read) {
  const fs::path journal = path.string() + "-journal";
  if (!fs::exists(journal)) {
    Database database(path, SQLITE_OPEN_READONLY, true);
    return read_checked(database, path, read);
  }
  const PassingFolder folder;
  const fs::path copy = folder.path() / "copy.sqlite";
  fs::copy_file(path, copy);
  fs::copy_file(journal, copy.string() + "-journal");
  for (const fs::path& file : {copy, fs::path(copy.string() + "-journal")})
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  Database database(copy, SQLITE_OPEN_READWRITE);
  read_checked(database, path, read);
}

}  // namespace

void read_database(const fs::path& path, const ReadDatabase& read) {
  try {
    // Not read-only: what SIGKILL left half written must be rolled back. Where writing is not permitted SQLite opens
    // for reading by itself, and that does for a database that was closed properly.
    Database database(path, SQLITE_OPEN_READWRITE);
    read_checked(database, path, read);
  } catch (const SqliteError& error) {
    const bool no_access = error.code == SQLITE_READONLY || error.code == SQLITE_CANTOPEN ||
                           error.code == SQLITE_PERM || error.code == SQLITE_IOERR;
    if (!no_access) throw;
    try {
      return read_without_writing(path, read);
    } catch (const SqliteError&) {
      // What was wrong at first says more.
    } catch (const fs::filesystem_error&) {
    }
    throw;
  }
}

namespace {

/// To open a pipe waits for ever.
void require_regular(const fs::path& path) {
  for (const fs::path& file : {path, fs::path(path.string() + "-journal")}) {
    std::error_code ignored;
    const fs::file_status status = fs::status(file, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status))
      throw StoreError(fmt::format("{}: is no regular file and so no database: move it away", file.string()));
  }
}

}  // namespace

std::vector<fs::path> database_files(const fs::path& folder) {
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

void delete_rows(Database& database, const std::string& table, const std::set<TaskKey>& tasks) {
  if (!database.has_table(table)) return;
  Statement remove(database, fmt::format("DELETE FROM {} WHERE cell_id = ?1 AND trial = ?2", table).c_str());
  for (const auto& [cell_id, trial] : tasks) {
    remove.bind(1, cell_id);
    remove.bind(2, trial);
    remove.step();
    remove.reset();
  }
}

}  // namespace pathquant
