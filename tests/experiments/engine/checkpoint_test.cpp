// Parts of unfinished tasks, kept through SIGKILL by every engine that runs tasks on this machine.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "experiments/engine/run_tasks.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using pathquant::testing::TemporaryFolder;
namespace fs = std::filesystem;

namespace checkpoint_test {

constexpr int parts = 6;

void append(const fs::path& file, const std::string& line) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (::write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(9);
  ::close(descriptor);
}

/// A product of parts, each of which takes a while and is kept. The log tells what was computed and what was kept.
class InParts final : public Computation {
 public:
  InParts(fs::path log, bool isolated) : log_(std::move(log)), isolated_(isolated) {}

  bool random() const override { return true; }
  const std::string& id() const override { return id_; }
  double cost() const override { return 1; }
  bool isolated() const override { return isolated_; }
  nlohmann::json run(TaskContext& context) const override {
    nlohmann::json content = nlohmann::json::array();
    for (int i = 0; i < parts; ++i) {
      const std::string part = "layer " + std::to_string(i);
      const std::string key = std::to_string(context.trial) + "/" + std::to_string(i);
      std::optional<nlohmann::json> found = context.checkpoint.find(part);
      if (!found) {
        append(log_, "computed " + key + "\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(4));
        found = nlohmann::json{{"value", std::string(static_cast<std::size_t>(1000 * i), 'x')},
                               {"of", static_cast<double>(context.trial) + 0.1 * i}};
        context.checkpoint.keep(part, *found);
        append(log_, "kept " + key + "\n");
      }
      content.push_back(*found);
    }
    return content;
  }

 private:
  fs::path log_;
  bool isolated_;
  std::string id_ = "0123456789abcdef0123456789abcdef";
};

/// One start of the run; exits with 0 when all tasks are stored.
[[noreturn]] void start(const char* engine_name, const std::shared_ptr<InParts>& computation, const fs::path& folder) {
  try {
    const StoredTasks stored = load_tasks(folder);
    std::vector<Task> tasks;
    for (std::int64_t trial = 0; trial < 3; ++trial)
      if (!stored.contains({computation->id(), trial})) tasks.push_back({computation, trial});
    const auto engine = make_engine(engine_name, {}, {computation});
    run_tasks(tasks, *engine, folder, {.quiet = true});
    ::_exit(0);
  } catch (...) {
  }
  ::_exit(1);
}

/// Starts the run and kills it at a random moment, later and later, until it comes to its end. Returns how many were killed.
int run_through_kills(const char* engine, const std::shared_ptr<InParts>& computation, const fs::path& folder) {
  std::mt19937 random(11);
  for (int kills = 0;; ++kills) {
    REQUIRE(kills < 100);
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) start(engine, computation, folder);
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + random() % (60 + 60 * kills)));
    ::kill(pid, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status)) continue;
    CHECK(WEXITSTATUS(status) == 0);
    return kills;
  }
}

void check_no_part_is_computed_after_it_was_kept(const fs::path& log) {
  std::ifstream stream(log);
  std::set<std::string> computed;
  std::set<std::string> kept;
  for (std::string what, key; stream >> what >> key;) {
    CHECK_MESSAGE(!(what == "computed" && kept.contains(key)), key);
    (what == "kept" ? kept : computed).insert(key);
  }
  // A kill may come between the end of keep() and the line about it.
  CHECK(computed.size() == 3 * parts);
  CHECK(!kept.empty());
}

StoredTasks run_at_once(const char* engine_name, bool isolated, const TemporaryFolder& folder) {
  const auto computation = std::make_shared<InParts>(folder.path() / "log", isolated);
  const auto engine = make_engine(engine_name, {}, {computation});
  run_tasks({{computation, 0}, {computation, 1}, {computation, 2}}, *engine, folder.path() / "tasks", {.quiet = true});
  return load_tasks(folder.path() / "tasks");
}

TEST_CASE("a run that is killed again and again goes on from the parts that were kept") {
  for (const bool isolated : {false, true}) {
    const char* engine = isolated ? "isolated" : "threads";
    CAPTURE(engine);
    const TemporaryFolder folder;
    const auto computation = std::make_shared<InParts>(folder.path() / "log", isolated);
    CHECK(run_through_kills(engine, computation, folder.path() / "tasks") > 0);
    check_no_part_is_computed_after_it_was_kept(folder.path() / "log");

    const TemporaryFolder other;
    const StoredTasks expected = run_at_once(engine, isolated, other);
    const StoredTasks stored = load_tasks(folder.path() / "tasks");
    REQUIRE(stored.size() == 3);
    REQUIRE(expected.size() == 3);
    for (const auto& [key, task] : expected) {
      CHECK(task.status == "ok");
      CHECK(stored.at(key).status == "ok");
      CHECK(stored.at(key).content == task.content);
    }
    // Nothing is kept of finished tasks.
    TaskWriter store(folder.path() / "tasks", {});
    for (std::int64_t trial = 0; trial < 3; ++trial)
      CHECK_FALSE(store.checkpoint({computation->id(), trial})->find("layer 0").has_value());
  }
}

TEST_CASE("a part that cannot be stored is the failure of its task, also in a process of its own") {
  class Odd final : public Computation {
   public:
    bool random() const override { return true; }
    const std::string& id() const override { return id_; }
    double cost() const override { return 1; }
    bool isolated() const override { return true; }
    nlohmann::json run(TaskContext& context) const override {
      context.checkpoint.keep("a", 0.0 / 0.0);
      return 0;
    }

   private:
    std::string id_ = "0123456789abcdef0123456789abcdef";
  };
  for (const char* name : {"threads", "isolated"}) {
    const TemporaryFolder folder;
    const auto odd = std::make_shared<Odd>();
    const auto engine = make_engine(name, {}, {odd});
    const RunOutcome outcome = run_tasks({{odd, 0}}, *engine, folder.path(), {.quiet = true});
    CHECK(outcome.finished.at({odd->id(), 0}).status == "failed");
  }
}

}  // namespace checkpoint_test
