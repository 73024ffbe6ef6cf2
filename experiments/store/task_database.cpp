#include "experiments/store/task_database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "experiments/store/atomic_file.hpp"
#include "experiments/store/database_files.hpp"
#include "experiments/store/stored_row.hpp"

namespace pathquant {
namespace {

constexpr const char* make_schema =
    "CREATE TABLE tasks(cell_id TEXT NOT NULL, trial INTEGER NOT NULL, status TEXT NOT NULL, content TEXT NOT NULL, "
    "seconds REAL NOT NULL, written INTEGER NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY(cell_id, trial))";

/// Made with the first part: a database without it is complete.
constexpr const char* make_parts =
    "CREATE TABLE parts(cell_id TEXT NOT NULL, trial INTEGER NOT NULL, part TEXT NOT NULL, content TEXT NOT NULL, "
    "PRIMARY KEY(cell_id, trial, part))";

/// As load_tasks() judges between databases: an ok row stays.
constexpr const char* insert_task =
    "INSERT INTO tasks VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(cell_id, trial) DO UPDATE SET status = ?3, "
    "content = ?4, seconds = ?5, written = ?6, checksum = ?7 WHERE status <> 'ok'";

std::int64_t milliseconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// Rolls back unless it was committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database.execute("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (!committed_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    database_.execute("COMMIT");
    committed_ = true;
  }

 private:
  Database& database_;
  bool committed_ = false;
};

}  // namespace

void TaskDatabase::create() {
  path_ = folder_ / (unique_name() + database_suffix);
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) throw StoreError(fmt::format("cannot make {}: {}", path_.string(), advice(errno)));
  ::close(descriptor);
  sync_folder(folder_);
  database_ = std::make_unique<Database>(path_, SQLITE_OPEN_READWRITE);
  // A write-ahead log needs shared memory, which network file systems do not have. EXTRA is FULL and syncs the folder
  // after the journal is gone: otherwise a power loss could bring it back, and with it the state before the commit.
  database_->execute("PRAGMA journal_mode=DELETE");
  database_->execute("PRAGMA synchronous=EXTRA");
}

void TaskDatabase::insert(Statement& statement, const StoredTask& task, std::int64_t now) {
  statement.reset();
  statement.bind(1, task.cell_id);
  statement.bind(2, task.trial);
  statement.bind(3, task.status);
  statement.bind(4, task.content);
  statement.bind(5, task.seconds);
  statement.bind(6, now);
  const std::string checksum = row_checksum({task, now});
  statement.bind(7, checksum);
  statement.step();
  if (sqlite3_changes(database_->handle()) > 0 || task.status != "ok") return;
  Statement stored(*database_, "SELECT content FROM tasks WHERE cell_id = ?1 AND trial = ?2");
  stored.bind(1, task.cell_id);
  stored.bind(2, task.trial);
  if (!stored.step() || stored.text(0) != task.content)
    throw StoreError(
        fmt::format("{}: different results of cell {}, trial {}, run twice", path_.string(), task.cell_id, task.trial));
}

void TaskDatabase::in_transaction(const std::function<void()>& write) {
  if (database_ == nullptr) create();
  Transaction transaction(*database_);
  if (!has_schema_) {
    database_->execute(make_schema);
    database_->execute(fmt::format("PRAGMA user_version={}", schema_version).c_str());
  }
  write();
  transaction.commit();
  has_schema_ = true;
  // To a file that somebody has deleted one can write for ever.
  int moved = 0;
  sqlite3_file_control(database_->handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) throw StoreError(fmt::format("{} was moved or deleted while it was written", path_.string()));
}

void TaskDatabase::commit(const std::vector<StoredTask>& tasks) {
  const std::lock_guard lock(mutex_);
  in_transaction([&] {
    Statement statement(*database_, insert_task);
    const std::int64_t now = milliseconds_since_1970();
    std::set<TaskKey> keys;
    for (const StoredTask& task : tasks) {
      insert(statement, task, now);
      keys.emplace(task.cell_id, task.trial);
    }
    delete_rows(*database_, "parts", keys);
  });
}

void TaskDatabase::keep_part(const TaskKey& key, const std::string& part, const std::string& content) {
  const std::lock_guard lock(mutex_);
  in_transaction([&] {
    if (!has_parts_) database_->execute(make_parts);
    Statement insert_part(*database_, "INSERT INTO parts VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    insert_part.bind(1, key.first);
    insert_part.bind(2, key.second);
    insert_part.bind(3, part);
    insert_part.bind(4, content);
    insert_part.step();
  });
  has_parts_ = true;
}

}  // namespace pathquant
