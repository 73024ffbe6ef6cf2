#include <doctest/doctest.h>
#include <sqlite3.h>

#include "experiments/store/store.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using pathquant::testing::TemporaryFolder;
namespace fs = std::filesystem;

namespace parts_test {

const TaskKey key{"cell", 3};

/// As another process would, since every writer has a database of its own.
void keep(const fs::path& folder, const TaskKey& task, const std::string& part, const nlohmann::json& content) {
  TaskWriter writer(folder, {});
  writer.checkpoint(task)->keep(part, content);
}

std::optional<nlohmann::json> find(const fs::path& folder, const TaskKey& task, const std::string& part) {
  TaskWriter writer(folder, {});
  return writer.checkpoint(task)->find(part);
}

std::size_t rows(const fs::path& folder, const std::string& table) {
  std::size_t count = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.path().c_str(), &handle) == SQLITE_OK);
    const auto add = [](void* sum, int, char**, char**) { return ++*static_cast<std::size_t*>(sum), 0; };
    sqlite3_exec(handle, ("SELECT * FROM " + table).c_str(), add, &count, nullptr);
    sqlite3_close(handle);
  }
  return count;
}

TEST_CASE("a part is found by later processes, under its task and its name only") {
  const TemporaryFolder folder;
  const nlohmann::json content = {{"a", 0.1}, {"b", {1, 2, nullptr}}};
  keep(folder.path(), key, "layer 1", content);
  keep(folder.path(), key, "layer 2", 2.0);
  CHECK(find(folder.path(), key, "layer 1") == content);
  CHECK(find(folder.path(), key, "layer 2") == nlohmann::json(2.0));
  CHECK_FALSE(find(folder.path(), key, "layer 3").has_value());
  CHECK_FALSE(find(folder.path(), {"cell", 4}, "layer 1").has_value());
  CHECK_FALSE(find(folder.path(), {"other", 3}, "layer 1").has_value());
  CHECK(load_tasks(folder.path()).empty());
}

TEST_CASE("the parts of a task leave with its result, in every database, and no others do") {
  const TemporaryFolder folder;
  keep(folder.path(), key, "layer 1", 1);
  keep(folder.path(), {"cell", 4}, "layer 1", 1);
  {
    TaskWriter writer(folder.path(), {});
    writer.checkpoint(key)->keep("layer 2", 2);
    CHECK(rows(folder.path(), "parts") == 3);
    writer.put({"cell", 3, "ok", "{}", 0});
  }
  CHECK(rows(folder.path(), "parts") == 1);
  CHECK_FALSE(find(folder.path(), key, "layer 1").has_value());
  CHECK(find(folder.path(), {"cell", 4}, "layer 1").has_value());
  CHECK(load_tasks(folder.path()).size() == 1);
}

TEST_CASE(
    "parts that a killed process has left of a finished task are removed by the next one; a failed one keeps them") {
  for (const std::string status : {"ok", "skipped", "failed"}) {
    const TemporaryFolder folder;
    {
      // The first one does not know of the part that the second one keeps.
      TaskWriter one(folder.path(), {});
      TaskWriter two(folder.path(), {});
      two.checkpoint(key)->keep("layer 1", 1);
      one.put({"cell", 3, status, "{}", 0});
    }
    REQUIRE(rows(folder.path(), "parts") == 1);
    CHECK(find(folder.path(), key, "layer 1").has_value() == (status == "failed"));
    CHECK(rows(folder.path(), "parts") == (status == "failed" ? 1 : 0));
  }
}

TEST_CASE("a task that is forgotten has no parts") {
  const TemporaryFolder folder;
  keep(folder.path(), key, "layer 1", 1);
  forget_tasks(folder.path(), {key});
  CHECK_FALSE(find(folder.path(), key, "layer 1").has_value());
}

TEST_CASE("two databases that say different things of one part are told of") {
  const TemporaryFolder folder;
  {
    // Side by side: neither knows what the other one keeps.
    TaskWriter one(folder.path(), {});
    TaskWriter two(folder.path(), {});
    one.checkpoint(key)->keep("layer 1", 1);
    two.checkpoint(key)->keep("layer 1", 2);
    two.checkpoint({"cell", 4})->keep("layer 1", 1);
    one.checkpoint({"cell", 4})->keep("layer 1", 1);
  }
  CHECK_THROWS_AS(TaskWriter(folder.path(), {}), StoreError);
  forget_tasks(folder.path(), {key});
  CHECK(find(folder.path(), {"cell", 4}, "layer 1").has_value());
}

}  // namespace parts_test
