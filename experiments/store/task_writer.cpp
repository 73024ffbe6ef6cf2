#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"
#include "experiments/store/parts.hpp"
#include "experiments/store/store.hpp"
#include "experiments/store/task_database.hpp"

namespace pathquant {
namespace {

/// What is left of the promised 200 ms is for the commit itself.
constexpr std::chrono::milliseconds group_time{150};

std::set<TaskKey> keys_of(const std::vector<StoredTask>& tasks) {
  std::set<TaskKey> keys;
  for (const StoredTask& task : tasks) keys.emplace(task.cell_id, task.trial);
  return keys;
}

/// Permission bits do not tell: a network file system decides by itself, and for root they do not count.
void require_writable(const std::filesystem::path& folder) {
  const std::filesystem::path probe = folder / fmt::format(".{}.probe", unique_name());
  const int descriptor = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) throw StoreError(fmt::format("cannot write in {}: {}", folder.string(), advice(errno)));
  ::close(descriptor);
  ::unlink(probe.c_str());
}

}  // namespace

struct TaskWriter::State {
  State(std::filesystem::path folder, std::function<void(const StoredTask&)> callback)
      : kept(folder), database(std::move(folder)), committed(std::move(callback)), thread([this] { run(); }) {}

  /// The writer's thread: whatever goes wrong is kept for put() and close() to tell.
  void run() {
    try {
      for (std::vector<StoredTask> group = next_group(); !group.empty(); group = next_group()) {
        database.commit(group);
        kept.remove(keys_of(group));
        if (!committed) continue;
        for (const StoredTask& task : group) committed(task);
      }
    } catch (const std::exception& error) {
      set_failure(error.what());
    } catch (...) {
      set_failure("unknown error");
    }
  }

  /// Waits for a task, and then for those that come soon after it. Empty: closed, and nothing is left.
  std::vector<StoredTask> next_group() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return closing || !waiting.empty(); });
    changed.wait_until(lock, first_put + group_time, [this] { return closing; });
    return std::exchange(waiting, {});
  }

  void set_failure(const std::string& message) {
    const std::lock_guard lock(mutex);
    failed = true;
    failure = "cannot store results: " + message;
    waiting.clear();
  }

  void end() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
    }
    changed.notify_all();
    const std::lock_guard lock(joining);
    if (thread.joinable()) thread.join();
  }

  const KeptParts kept;
  TaskDatabase database;
  std::function<void(const StoredTask&)> committed;

  std::mutex mutex;  ///< guards what follows
  std::condition_variable changed;
  std::vector<StoredTask> waiting;
  std::chrono::steady_clock::time_point first_put;
  bool closing = false;
  bool failed = false;
  std::string failure;

  std::mutex joining;
  std::thread thread;  ///< last, so that it starts when all else is there
};

namespace {

class StoredCheckpoint final : public Checkpoint {
 public:
  StoredCheckpoint(const KeptParts& kept, TaskDatabase& database, TaskKey key)
      : kept_(kept), database_(database), key_(std::move(key)) {}

  std::optional<nlohmann::json> find(const std::string& part) const override {
    const auto content = kept_.find(key_, part);
    return content ? std::optional(nlohmann::json::parse(*content)) : std::nullopt;
  }
  void keep(const std::string& part, const nlohmann::json& content) override {
    database_.keep_part(key_, part, to_json(content));
  }

 private:
  const KeptParts& kept_;
  TaskDatabase& database_;
  TaskKey key_;
};

}  // namespace

TaskWriter::TaskWriter(std::filesystem::path folder, std::function<void(const StoredTask&)> committed) {
  make_folder(folder);
  require_writable(folder);
  state_ = std::make_unique<State>(std::move(folder), std::move(committed));
}

TaskWriter::~TaskWriter() {
  state_->end();
}

void TaskWriter::put(StoredTask task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->failed) throw StoreError(state_->failure);
    if (state_->closing) throw std::logic_error("TaskWriter::put after close");
    if (state_->waiting.empty()) state_->first_put = std::chrono::steady_clock::now();
    state_->waiting.push_back(std::move(task));
  }
  state_->changed.notify_one();
}

std::unique_ptr<Checkpoint> TaskWriter::checkpoint(const TaskKey& key) {
  return std::make_unique<StoredCheckpoint>(state_->kept, state_->database, key);
}

void TaskWriter::close() {
  state_->end();
  const std::lock_guard lock(state_->mutex);
  if (state_->failed) throw StoreError(state_->failure);
}

}  // namespace pathquant
