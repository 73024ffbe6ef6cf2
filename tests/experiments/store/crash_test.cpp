// Tests of the store with killed writers, full disks and read-only folders.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>
#include <vector>

#include "experiments/store/store.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;
namespace fs = std::filesystem;

namespace crash_test {

constexpr const char* content = "{\"relative_error\":0.1}";

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

/// Puts tasks of `cell` for ever; each that is announced is written to the pipe as its trial.
[[noreturn]] void write_for_ever(const fs::path& folder, const std::string& cell, int pipe) {
  try {
    TaskWriter writer(folder, [&](const StoredTask& task) {
      if (::write(pipe, &task.trial, sizeof task.trial) != sizeof task.trial) ::_exit(1);
    });
    for (std::int64_t trial = 0;; ++trial) {
      writer.put({cell, trial, "ok", content, 0.0});
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  } catch (...) {
  }
  ::_exit(1);
}

struct Child {
  pid_t pid = 0;
  int pipe = 0;
  int lifetime = 0;
};

Child start_child(const fs::path& folder, const std::string& cell, int lifetime) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) write_for_ever(folder, cell, ends[1]);
  ::close(ends[1]);
  return {pid, ends[0], lifetime};
}

/// A database with one committed task, and beside it a journal as SIGKILL leaves it: half of the next commit is
/// written.
void make_hot_journal(const fs::path& folder) {
  const TemporaryFolder workshop;
  {
    TaskWriter writer(workshop.path(), {});
    writer.put({"cell", 0, "ok", content, 0.0});
    writer.close();
  }
  const fs::path database = fs::directory_iterator(workshop.path())->path();
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(database.c_str(), &handle) == SQLITE_OK);
  const char* half =
      "PRAGMA cache_size=1; BEGIN; UPDATE tasks SET content = 'half';"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
      "INSERT INTO tasks SELECT 'cell', i, 'ok', hex(zeroblob(100)), 0, 0, '' FROM n;";
  REQUIRE(sqlite3_exec(handle, half, nullptr, nullptr, nullptr) == SQLITE_OK);
  for (const char* suffix : {"", "-journal"})
    fs::copy_file(database.string() + suffix, (folder / "killed.sqlite").string() + suffix);
  sqlite3_close(handle);
  REQUIRE(fs::file_size(folder / "killed.sqlite") > fs::file_size(database));
}

/// As long as it lives this process cannot write in the folder, even if it is root's.
class ReadOnly {
 public:
  explicit ReadOnly(const fs::path& folder) : folder_(folder), is_root_(::geteuid() == 0) {
    for (const auto& file : fs::directory_iterator(folder))
      fs::permissions(file.path(), fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(folder,
                    fs::perms::all & ~fs::perms::owner_write & ~fs::perms::group_write & ~fs::perms::others_write);
    if (is_root_) REQUIRE(::seteuid(65534) == 0);
  }
  ~ReadOnly() {
    if (is_root_ && ::seteuid(0) != 0) ::_exit(1);
    std::error_code ignored;
    fs::permissions(folder_, fs::perms::owner_all, ignored);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

 private:
  fs::path folder_;
  bool is_root_;
};

TEST_CASE("every task announced before SIGKILL is there afterwards") {
  const TemporaryFolder folder;
  std::mt19937 engine(2024);
  std::vector<Child> children;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i)
    children.push_back(start_child(folder.path(), "cell" + std::to_string(i), 60 + static_cast<int>(engine() % 340)));
  std::vector<Child> in_time = children;
  std::sort(in_time.begin(), in_time.end(), [](const Child& a, const Child& b) { return a.lifetime < b.lifetime; });
  for (const Child& child : in_time) {
    std::this_thread::sleep_until(start + std::chrono::milliseconds(child.lifetime));
    ::kill(child.pid, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
    CHECK(WIFSIGNALED(status));
  }
  const StoredTasks stored = load_tasks(folder.path());
  int announced = 0;
  int missing = 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    std::int64_t trial = 0;
    while (::read(children[i].pipe, &trial, sizeof trial) == sizeof trial) {
      ++announced;
      const auto found = stored.find({"cell" + std::to_string(i), trial});
      if (found == stored.end() || found->second.content != content) ++missing;
    }
    ::close(children[i].pipe);
  }
  CHECK(announced > 0);
  CHECK(missing == 0);
}

TEST_CASE("what SIGKILL left half committed is rolled back") {
  const TemporaryFolder folder;
  make_hot_journal(folder.path());
  SUBCASE("where writing is permitted") {
    const StoredTasks stored = load_tasks(folder.path());
    CHECK(stored.size() == 1);
    CHECK(stored.at({"cell", 0}).content == content);
    CHECK_FALSE(fs::exists(folder.path() / "killed.sqlite-journal"));
  }
  SUBCASE("on a copy where it is not") {
    {
      const ReadOnly guard(folder.path());
      const StoredTasks stored = load_tasks(folder.path());
      CHECK(stored.size() == 1);
      CHECK(stored.at({"cell", 0}).content == content);
      CHECK_THROWS_AS(TaskWriter(folder.path(), {}), StoreError);
    }
    CHECK(fs::exists(folder.path() / "killed.sqlite-journal"));
  }
}

TEST_CASE("a folder that may only be read is read") {
  const TemporaryFolder folder;
  {
    TaskWriter writer(folder.path(), {});
    writer.put({"cell", 0, "ok", content, 0.0});
    writer.close();
  }
  const ReadOnly guard(folder.path());
  CHECK(load_tasks(folder.path()).size() == 1);
}

TEST_CASE("a full disk ends the writing with an error that says so, and loses nothing announced") {
  const TemporaryFolder folder;
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    // No file may grow beyond this: to SQLite that is a full disk.
    const rlimit limit{200000, 200000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    ::signal(SIGXFSZ, SIG_IGN);
    std::atomic<std::int64_t> announced = 0;
    try {
      TaskWriter writer(folder.path(), [&](const StoredTask&) { ++announced; });
      writer.put({"small", 0, "ok", content, 0.0});
      while (announced == 0) pause(2);
      for (std::int64_t trial = 0; trial < 1000; ++trial) {
        writer.put({"large", trial, "ok", std::string(50000, 'x'), 0.0});
        pause(1);
      }
    } catch (const StoreError& error) {
      const bool told = std::string(error.what()).find("is full") != std::string::npos;
      const StoredTasks stored = load_tasks(folder.path());
      ::_exit(told && stored.contains({"small", 0}) && announced <= static_cast<std::int64_t>(stored.size()) ? 0 : 3);
    } catch (...) {
    }
    ::_exit(4);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace crash_test
