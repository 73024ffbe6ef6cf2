#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "experiments/store/store.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;
namespace fs = std::filesystem;

namespace store_test {

void nothing(const StoredTask&) {}

StoredTask task(const std::string& cell, std::int64_t trial, const std::string& status = "ok",
                const std::string& content = "{}") {
  return {cell, trial, status, content, 0.25};
}

/// As another process would, since every writer has a database of its own.
void write(const fs::path& folder, const std::vector<StoredTask>& tasks) {
  TaskWriter writer(folder, nothing);
  for (const StoredTask& one : tasks) writer.put(one);
  writer.close();
}

void execute(const fs::path& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(database.c_str(), &handle) == SQLITE_OK);
  REQUIRE(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

std::size_t files(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

fs::path only_file(const fs::path& folder) {
  REQUIRE(files(folder) == 1);
  return fs::directory_iterator(folder)->path();
}

std::string load_error(const fs::path& folder) {
  try {
    load_tasks(folder);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("what is put is there again, to the last byte") {
  const TemporaryFolder folder;
  const fs::path tasks = folder.path() / "made" / "with #, % and ?" / "tasks";
  CHECK(load_tasks(tasks).empty());
  std::string odd = "{\"a\":\"\xE2\x88\x9A'\"}";
  odd += '\0';
  {
    TaskWriter writer(tasks, nothing);
    CHECK(fs::is_directory(tasks));
    CHECK(files(tasks) == 0);
    writer.put({"cell", -1, "ok", odd, 1.5});
    writer.put({"cell", 7, "failed", "", 0});
    // The destructor commits.
  }
  const StoredTasks stored = load_tasks(tasks);
  REQUIRE(stored.size() == 2);
  CHECK(stored.at({"cell", -1}).content == odd);
  CHECK(stored.at({"cell", -1}).seconds == 1.5);
  CHECK(stored.at({"cell", 7}).status == "failed");
  CHECK(only_file(tasks).extension() == ".sqlite");
}

TEST_CASE("a task is announced after its commit and soon") {
  const TemporaryFolder folder;
  std::atomic<int> announced = 0;
  std::atomic<int> visible = 0;
  TaskWriter writer(folder.path(), [&](const StoredTask& done) {
    if (load_tasks(folder.path()).contains({done.cell_id, done.trial})) ++visible;
    ++announced;  // last: the test waits for it
  });
  for (int trial = 0; trial < 5; ++trial) writer.put(task("cell", trial));
  const auto start = std::chrono::steady_clock::now();
  while (announced < 5 && std::chrono::steady_clock::now() - start < std::chrono::seconds(10))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CHECK(announced == 5);
  CHECK(visible == 5);
  writer.close();
  CHECK_THROWS_AS(writer.put(task("cell", 9)), std::logic_error);
}

TEST_CASE("threads may put at once; each task is announced once") {
  const TemporaryFolder folder;
  std::map<TaskKey, int> announced;
  {
    TaskWriter writer(folder.path(), [&](const StoredTask& done) { ++announced[{done.cell_id, done.trial}]; });
    std::vector<std::thread> threads;
    for (const char* cell : {"a", "b", "c", "d"})
      threads.emplace_back([&writer, cell] {
        for (int trial = 0; trial < 250; ++trial) writer.put(task(cell, trial));
      });
    for (std::thread& thread : threads) thread.join();
    writer.close();
    writer.close();
  }
  CHECK(announced.size() == 1000);
  for (const auto& [key, times] : announced) CHECK(times == 1);
  CHECK(load_tasks(folder.path()).size() == 1000);
}

TEST_CASE("of several rows of a task an ok one counts, else the latest") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 0, "failed", "1"), task("b", 0, "ok", "1"), task("c", 0, "failed", "1")});
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  write(folder.path(), {task("a", 0, "ok", "2"), task("b", 0, "timeout", "2"), task("c", 0, "timeout", "2")});
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  write(folder.path(), {task("b", 0, "ok", "1"), task("d", 0)});
  CHECK(files(folder.path()) == 3);
  const StoredTasks stored = load_tasks(folder.path());
  CHECK(stored.size() == 4);
  CHECK(stored.at({"a", 0}).content == "2");
  CHECK(stored.at({"b", 0}).status == "ok");
  CHECK(stored.at({"c", 0}).status == "timeout");
}

TEST_CASE("one process may run a task again") {
  const TemporaryFolder folder;
  write(folder.path(),
        {task("a", 0, "failed", "1"), task("a", 0, "ok", "2"), task("a", 0, "timeout", "3"), task("a", 0, "ok", "2")});
  CHECK(load_tasks(folder.path()).at({"a", 0}).content == "2");
  CHECK_THROWS_AS(write(folder.path(), {task("b", 0, "ok", "1"), task("b", 0, "ok", "2")}), StoreError);
}

TEST_CASE("results that contradict each other are found, and both files are named") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 3, "ok", "1")});
  const fs::path first = only_file(folder.path());
  write(folder.path(), {task("a", 3, "ok", "2")});
  const std::string message = load_error(folder.path());
  INFO(message);
  CHECK(has(message, "contradict"));
  CHECK(has(message, "cell a, trial 3"));
  for (const auto& file : fs::directory_iterator(folder.path())) CHECK(has(message, file.path().string()));
  fs::remove(first);
  CHECK(load_tasks(folder.path()).at({"a", 3}).content == "2");
}

TEST_CASE("where content may differ the first written row counts") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 3, "ok", "1"), task("b", 0, "ok", "1")});
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  write(folder.path(), {task("a", 3, "ok", "2"), task("b", 0, "ok", "2")});
  const auto only = [](const char* id) { return [id](const std::string& cell) { return cell == id; }; };
  const StoredTasks stored = load_tasks(folder.path(), {.must_agree = only("neither")});
  CHECK(stored.at({"a", 3}).content == "1");
  CHECK(stored.at({"b", 0}).content == "1");
  CHECK_THROWS_AS(load_tasks(folder.path(), {.must_agree = only("b")}), StoreError);
  forget_tasks(folder.path(), {{"b", 0}});
  CHECK(load_tasks(folder.path(), {.must_agree = only("b")}).size() == 1);
}

struct Damage {
  std::vector<std::string> messages;
  StoredTasks tasks;
};

Damage load_damaged(const fs::path& folder) {
  Damage damage;
  damage.tasks = load_tasks(folder, {.damaged = [&](const std::string& one) { damage.messages.push_back(one); }});
  return damage;
}

TEST_CASE("a row that is not as it was written is named and does not count, whichever field was changed") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 3, "ok", "{\"x\":1}"), task("b", 0)});
  const fs::path file = only_file(folder.path());
  for (const char* change :
       {"status = 'failed'", "content = '{\"x\":2}'", "seconds = seconds + 1e-9", "written = written + 1",
        "checksum = '0000000000000000'", "checksum = ''", "content = x'00'", "trial = 4", "cell_id = 'c'"}) {
    INFO(change);
    const fs::path kept = folder.path() / "kept";
    fs::copy_file(file, kept);
    execute(file, std::string("UPDATE tasks SET ") + change + " WHERE cell_id = 'a'");
    const Damage damage = load_damaged(folder.path());
    CHECK(damage.tasks.size() == 1);
    CHECK(damage.tasks.contains({"b", 0}));
    REQUIRE(damage.messages.size() == 1);
    CHECK(has(damage.messages[0], file.string()));
    CHECK(has(damage.messages[0], std::string(change) == "cell_id = 'c'" ? "cell c, trial 3" : "cell a, trial "));
    fs::rename(kept, file);
  }
  execute(file, "UPDATE tasks SET content = '{}' WHERE cell_id = 'a'");
  write(folder.path(), {task("a", 3, "ok", "{\"x\":1}")});  // run again
  const Damage repaired = load_damaged(folder.path());
  CHECK(repaired.messages.empty());
  CHECK(repaired.tasks.at({"a", 3}).content == "{\"x\":1}");
}

TEST_CASE("no flipped bit of a store changes a result in silence") {
  const TemporaryFolder folder;
  for (int trial = 0; trial < 2; ++trial)
    write(folder.path() / "whole", {task("cell", 2 * trial, "ok", std::string(300, '7')),
                                    task("cell", 2 * trial + 1, "failed", "{\"error\":\"why\"}")});
  const StoredTasks whole = load_tasks(folder.path() / "whole");
  const fs::path file = fs::directory_iterator(folder.path() / "whole")->path();
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  fs::create_directory(folder.path() / "flipped");
  std::mt19937 random(5);
  for (int flip = 0; flip < 400; ++flip) {
    std::string changed = bytes;
    // Half of them where the rows are, at the end of their page.
    const std::size_t at = flip % 2 == 0 ? random() % bytes.size() : 8192 - 1 - random() % 900;
    changed[at] = static_cast<char>(changed[at] ^ 1 << random() % 8);
    std::ofstream(folder.path() / "flipped" / file.filename(), std::ios::binary) << changed;
    try {
      for (const auto& [key, found] : load_tasks(folder.path() / "flipped")) {
        const auto expected = whole.find(key);
        REQUIRE(expected != whole.end());
        CHECK(found.status == expected->second.status);
        CHECK(found.content == expected->second.content);
        CHECK(found.seconds == expected->second.seconds);
      }
    } catch (const StoreError& error) {
      CHECK(has(error.what(), "flipped"));
    }
  }
}

TEST_CASE("a store without checksums is read as what it was, and what can be no row of ours is named") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "old.sqlite";
  execute(file,
          "CREATE TABLE tasks(cell_id TEXT NOT NULL, trial INTEGER NOT NULL, status TEXT NOT NULL, content TEXT NOT "
          "NULL, seconds REAL NOT NULL, written INTEGER NOT NULL, PRIMARY KEY(cell_id, trial)); PRAGMA user_version=1;"
          "INSERT INTO tasks VALUES('a', 0, 'ok', '{\"x\":1}', 0.5, 7), ('b', 0, 'oj', '{}', 0.5, 7), "
          "('c', 0, 'ok', '{\"x\":', 0.5, 7), ('d', 0, 'ok', '" +
              std::string(100000, '[') + "', 0.5, 7)");
  const Damage damage = load_damaged(folder.path());
  CHECK(damage.tasks.size() == 1);
  CHECK(damage.tasks.at({"a", 0}).content == "{\"x\":1}");
  CHECK(damage.messages.size() == 3);
}

TEST_CASE("a pipe in the place of a database, or of its journal, is refused and not waited for") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 0)});
  for (const fs::path& pipe :
       {folder.path() / "pipe.sqlite", fs::path(only_file(folder.path()).string() + "-journal")}) {
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(has(load_error(folder.path()), pipe.string() + ": is no regular file"));
    fs::remove(pipe);
  }
}

TEST_CASE("what is no store of ours is refused by name, what was never filled is passed over") {
  const TemporaryFolder folder;
  write(folder.path(), {task("a", 0)});
  const fs::path good = only_file(folder.path());
  std::ofstream(folder.path() / "empty.sqlite");
  std::ofstream(folder.path() / "notes.txt") << "not ours";
  CHECK(load_tasks(folder.path()).size() == 1);
  CHECK(fs::exists(folder.path() / "empty.sqlite"));

  const fs::path other = folder.path() / "other.sqlite";
  std::ofstream(other)
      << "this is no database, but it is long enough to be taken for the header of one by its size alone....";
  CHECK(has(load_error(folder.path()), other.string() + ": it is damaged or no database"));
  std::ofstream(other) << "x";
  CHECK(has(load_error(folder.path()), other.string() + ": it is damaged or no database"));
  fs::remove(other);

  execute(other, "CREATE TABLE recipes(name)");
  CHECK(has(load_error(folder.path()), other.string() + ": not a database of pathquant"));
  execute(other, "PRAGMA user_version=2");
  CHECK(has(load_error(folder.path()), other.string() + ": written by a newer pathquant"));
  execute(other, "PRAGMA user_version=1");
  CHECK(has(load_error(folder.path()), other.string() + ": "));
  fs::remove(other);

  fs::copy_file(good, other);
  fs::resize_file(other, 4096);
  CHECK(has(load_error(folder.path()), other.string() + ": it is damaged"));
  fs::remove(other);
  fs::create_directory(other);
  CHECK(has(load_error(folder.path()), other.string() + ": "));
}

TEST_CASE("a folder that cannot be written is refused at once") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  CHECK_THROWS_AS(TaskWriter(folder.path() / "file", nothing), StoreError);
  CHECK_THROWS_AS(TaskWriter(folder.path() / "file" / "tasks", nothing), StoreError);
  CHECK_THROWS_AS(load_tasks(folder.path() / "file"), StoreError);
}

TEST_CASE("what goes wrong on the writer's thread is told by put and close") {
  const TemporaryFolder folder;
  SUBCASE("the callback throws") {
    TaskWriter writer(folder.path(), [](const StoredTask&) { throw std::runtime_error("no more"); });
    writer.put(task("a", 0));
    CHECK_THROWS_WITH_AS(writer.close(), "cannot store results: no more", StoreError);
    CHECK_THROWS_AS(writer.put(task("a", 1)), StoreError);
    CHECK(load_tasks(folder.path()).size() == 1);
  }
  SUBCASE("the folder is gone before the first task") {
    TaskWriter writer(folder.path() / "tasks", nothing);
    fs::remove(folder.path() / "tasks");
    writer.put(task("a", 0));
    CHECK_THROWS_AS(writer.close(), StoreError);
  }
  SUBCASE("the database is deleted meanwhile") {
    std::atomic<int> announced = 0;
    TaskWriter writer(folder.path(), [&](const StoredTask&) { ++announced; });
    writer.put(task("a", 0));
    while (announced == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    fs::remove(only_file(folder.path()));
    writer.put(task("a", 1));
    CHECK_THROWS_AS(writer.close(), StoreError);
    CHECK(announced == 1);
  }
}

}  // namespace store_test
