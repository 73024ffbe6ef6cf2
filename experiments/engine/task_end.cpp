#include "experiments/engine/task_end.hpp"

#include <fmt/format.h>

#include <new>

#include "experiments/json_text.hpp"

namespace pathquant {

TaskEnd failed_end(const std::string& reason, const char* status) {
  return {status, to_json(nlohmann::json{{"error", reason}})};
}

std::optional<TaskEnd> end_of_task(const Computation& computation, TaskContext context, TimeLimit limit) {
  try {
    return TaskEnd{"ok", to_json(computation.run(context))};
  } catch (const TimedOut&) {
    return failed_end(fmt::format("took longer than the limit of {} s", limit ? limit->count() : 0), "timeout");
  } catch (const Stopped&) {
    return std::nullopt;
  } catch (const Skipped& skipped) {
    return failed_end(skipped.what(), "skipped");
  } catch (const std::bad_alloc&) {
    return failed_end("not enough memory for this task");
  } catch (const std::exception& error) {
    return failed_end(error.what());
  } catch (...) {
    return failed_end("an exception that is no std::exception");
  }
}

std::optional<TaskEnd> run_in_this_process(const Task& task, TimeLimit limit, TaskCache& cache, Checkpoint& checkpoint,
                                           const std::atomic<bool>& drop) {
  using Clock = ExecutionContext::Clock;
  std::optional<Clock::time_point> deadline;
  if (limit) deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(*limit);
  const ExecutionContext execution(&drop, deadline);
  return end_of_task(*task.computation, {task.trial, execution, cache, checkpoint}, limit);
}

}  // namespace pathquant
