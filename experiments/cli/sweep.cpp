// The default command: config -> plan -> tasks -> store -> results.json, summary and figure.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/figure.hpp"
#include "experiments/plan.hpp"
#include "experiments/results/context.hpp"
#include "experiments/results/results_file.hpp"
#include "experiments/results/statements.hpp"
#include "experiments/results/table.hpp"
#include "experiments/run/progress.hpp"
#include "experiments/run/runner.hpp"

namespace pathquant::cli {
namespace {

/// Part k of n of a sweep's tasks, k from 1.
struct Shard {
  std::size_t part = 1;
  std::size_t parts = 1;
};

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto [slash, first] = std::from_chars(text.data(), end, shard.part);
  const bool split = first == std::errc() && slash != end && *slash == '/';
  const auto [rest, second] =
      split ? std::from_chars(slash + 1, end, shard.parts) : std::from_chars_result{text.data(), first};
  if (!split || second != std::errc() || rest != end || shard.part < 1 || shard.part > shard.parts)
    throw UsageError(fmt::format("--shard takes k/n with 1 <= k <= n, not '{}'", text));
  return shard;
}

std::vector<std::pair<std::string, std::string>> parse_context(const std::vector<std::string>& texts) {
  const nlohmann::ordered_json own = make_context({}, {});
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const auto pair = parse_override(text);
    if (!pair) throw UsageError(fmt::format("--context takes key=value, not '{}'", text));
    if (own.contains(pair->path))
      throw UsageError(fmt::format("--context: '{}' is part of the context already: choose another key", pair->path));
    pairs.emplace_back(pair->path, pair->value);
  }
  return pairs;
}

// Every task of these cells in plan order: the trials of each cell, with what its lines need just before the first who
// asks.
std::vector<Task> tasks_of(const std::vector<PlannedCell>& cells, const LineSelection& lines) {
  std::vector<Task> tasks;
  std::set<TaskKey> seen;
  const auto add = [&](const std::shared_ptr<const Computation>& computation, std::int64_t trials) {
    for (std::int64_t trial = 0; trial < (computation->random() ? trials : 1); ++trial) {
      Task task{computation, trial};
      if (seen.insert(task.key()).second) tasks.push_back(std::move(task));
    }
  };
  for (const PlannedCell& planned : cells) {
    for (const auto& statistic : planned.cell->statistics(lines)) add(statistic, planned.trials);
    add(planned.cell, planned.trials);
  }
  return tasks;
}

class Sweep {
 public:
  explicit Sweep(const SweepArguments& arguments)
      : arguments_(arguments),
        shard_(parse_shard(arguments.shard.value_or("1/1"))),
        extra_(parse_context(arguments.context)) {
    if (arguments.jobs && (*arguments.jobs < 1 || *arguments.jobs > 4096))
      throw UsageError("--jobs must be between 1 and 4096");
    if (arguments.collect && arguments.shard) throw UsageError("--collect gathers all shards: leave --shard out");
    if (arguments.timeout) options_.timeout = parse_duration(*arguments.timeout);
    options_.jobs = worker_count(arguments.jobs);
    options_.fail_fast = arguments.fail_fast;
    options_.quiet = arguments.quiet;
    Complaints complaints;
    Config config = read_config(arguments.config, arguments.overrides, complaints);
    plan_ = make_plan(std::move(config), std::move(complaints));
    std::vector<Filter> filters;
    try {
      for (const std::string& text : arguments.filters) filters.push_back(parse_filter(text));
      selected_ = filtered(plan_.cells, filters);
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
    if (selected_.empty()) throw UsageError("--filter leaves no cell");
    folder_ = arguments.output.value_or(std::filesystem::path("results") / plan_.config.name);
    stored_ = load_tasks(folder_ / "tasks");
  }

  int run() {
    const std::vector<Task> todo = to_do();
    if (arguments_.dry_run) return dry_run(todo);
    RunOutcome outcome;
    if (!todo.empty() && !arguments_.collect) {
      if (arguments_.force) forget(todo);
      outcome = run_tasks(todo, folder_ / "tasks", options_);
      for (auto& [key, task] : outcome.finished) stored_.insert_or_assign(key, std::move(task));
    }
    if (arguments_.shard) return report_shard(todo.size(), outcome);

    const Results results = collect(plan_, stored_);
    const std::filesystem::path file = folder_ / "results.json";
    std::filesystem::create_directories(folder_);
    const bool changed =
        write_results(file, make_context(plan_.config, {arguments_.argv, options_.jobs, extra_}), results);
    if (!arguments_.quiet) fmt::print("{}{}", summary_table(selected_, results), statements(plan_, selected_, results));
    say_what_was_found(results, file);
    if (plan_.config.plot.kind != Node::Kind::null) draw_figure(file, changed, arguments_.quiet);
    return exit_code(outcome, results.missing, bad_tasks());
  }

 private:
  // The tasks that this start has to run. The shards are cut from all tasks, finished or not, so that they stay what
  // they are.
  std::vector<Task> to_do() {
    std::vector<Task> todo;
    const std::vector<Task> all = tasks_of(selected_, plan_.config.bounds);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % shard_.parts != shard_.part - 1) continue;
      const auto found = stored_.find(all[i].key());
      const bool bad =
          found != stored_.end() && (found->second.status == "failed" || found->second.status == "timeout");
      if (found == stored_.end() || arguments_.force || (bad && arguments_.rerun_failed)) todo.push_back(all[i]);
    }
    return todo;
  }

  void forget(const std::vector<Task>& tasks) {
    std::set<TaskKey> keys;
    for (const Task& task : tasks) {
      keys.insert(task.key());
      stored_.erase(task.key());
    }
    forget_tasks(folder_ / "tasks", keys);
  }

  int dry_run(const std::vector<Task>& todo) const {
    const std::vector<std::string> columns = varying_columns(selected_);
    std::vector<std::string> header = {"cell"};
    header.insert(header.end(), columns.begin(), columns.end());
    header.emplace_back("state");
    Table table(header);
    std::set<TaskKey> open;
    for (const Task& task : todo) open.insert(task.key());
    for (const PlannedCell& planned : selected_) {
      std::vector<std::string> row = {planned.cell->id().substr(0, 8)};
      for (const std::string& column : columns) row.push_back(column_text(*planned.cell, column));
      std::int64_t cached = 0;
      std::int64_t waiting = 0;
      for (std::int64_t trial = 0; trial < planned.trials; ++trial) {
        cached += stored_.contains({planned.cell->id(), trial}) && !arguments_.force ? 1 : 0;
        waiting += open.contains({planned.cell->id(), trial}) ? 1 : 0;
      }
      row.push_back(waiting == 0 && cached == planned.trials ? "cached"
                    : cached == 0                            ? fmt::format("todo, {} trials", waiting)
                                  : fmt::format("todo, {} of {} trials", waiting, planned.trials));
      table.add(std::move(row));
    }
    fmt::print("{}\n{} cells, {} tasks to run on {} workers, about {}\n", table.text(), selected_.size(), todo.size(),
               options_.jobs, duration_text(estimate(todo)));
    if (plan_.duplicates > 0)
      fmt::print("{} points of the sweep were there already and count once\n", plan_.duplicates);
    if (plan_.excluded > 0) fmt::print("{} points are excluded\n", plan_.excluded);
    const bool fixed = std::any_of(selected_.begin(), selected_.end(), [](const auto& c) { return !c.cell->random(); });
    if (fixed) fmt::print("nothing random enters some cells: one trial of them is run\n");
    return all_good;
  }

  // By the speed of the tasks that are there; before the first of them, by a guess at this machine's.
  double estimate(const std::vector<Task>& todo) const {
    double work = 0;
    for (const Task& task : todo) work += task.computation->cost();
    double done = 0;
    double seconds = 0;
    for (const Task& task : tasks_of(selected_, plan_.config.bounds)) {
      const auto found = stored_.find(task.key());
      if (found == stored_.end()) continue;
      done += task.computation->cost();
      seconds += found->second.seconds;
    }
    constexpr double guessed_speed = 1.5e9;
    const double speed = seconds > 1 ? done / seconds : guessed_speed;
    return work / speed / options_.jobs;
  }

  int report_shard(std::size_t wanted, const RunOutcome& outcome) const {
    std::size_t bad = 0;
    for (const auto& [key, task] : outcome.finished) bad += task.status == "failed" || task.status == "timeout" ? 1 : 0;
    if (!arguments_.quiet)
      fmt::print("shard {}/{}: {} of {} tasks run into {}; --collect writes results.json when all shards are done\n",
                 shard_.part, shard_.parts, outcome.finished.size(), wanted, folder_.string());
    return exit_code(outcome, wanted - outcome.finished.size(), bad);
  }

  void say_what_was_found(const Results& results, const std::filesystem::path& file) const {
    if (!arguments_.quiet) {
      if (results.judged > 0)
        fmt::print("\nupper bounds: {} judged, {} violated{}\n", results.judged, results.violated,
                   results.violated > 0 ? " (those of a probability may be: see the audit)" : "");
      fmt::print("{}: {} records, {} bounds\n", file.string(), results.records.size(), results.bounds.size());
    }
    if (results.bad > 0)
      fmt::print(stderr,
                 "{} tasks failed or timed out: see `error` in their records; --rerun-failed runs them again\n{}",
                 results.bad, first_errors(results));
    if (const std::size_t bad = bad_tasks(); bad > results.bad)
      fmt::print(
          stderr,
          "{} computations that lines need failed or timed out: see `reason` in their bounds; --rerun-failed runs "
          "them again\n",
          bad - results.bad);
  }

  // Also those that have no record: the statistics that lines need.
  std::size_t bad_tasks() const {
    const std::vector<Task> all = tasks_of(plan_.cells, plan_.config.bounds);
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Task& task) {
      const auto found = stored_.find(task.key());
      return found != stored_.end() && (found->second.status == "failed" || found->second.status == "timeout");
    }));
  }

  static std::string first_errors(const Results& results) {
    std::vector<std::string> seen;
    std::string text;
    for (const Row& row : results.records) {
      if (row["status"] == "ok" || row["status"] == "skipped") continue;
      const std::string error = row["error"];
      if (std::find(seen.begin(), seen.end(), error) != seen.end()) continue;
      seen.push_back(error);
      text += fmt::format("  {}: {} (cell {}, trial {})\n", row["status"].get<std::string>(), error,
                          row["cell_id"].get<std::string>().substr(0, 8), row["trial"].get<std::int64_t>());
      if (seen.size() == 5) break;
    }
    return text;
  }

  int exit_code(const RunOutcome& outcome, std::size_t missing, std::size_t bad) const {
    if (outcome.signal != 0) {
      fmt::print(stderr, "stopped: {} tasks were finished and are safe; the same command goes on from there\n",
                 outcome.finished.size());
      return 128 + outcome.signal;
    }
    if (missing > 0 && !arguments_.quiet && !arguments_.shard)
      fmt::print("{} tasks of this sweep have not been run yet\n", missing);
    return bad > 0 ? some_failed : all_good;
  }

  const SweepArguments& arguments_;
  Shard shard_;
  std::vector<std::pair<std::string, std::string>> extra_;
  RunOptions options_;
  Plan plan_;
  std::vector<PlannedCell> selected_;
  std::filesystem::path folder_;
  StoredTasks stored_;
};

}  // namespace

int sweep(const SweepArguments& arguments) {
  return Sweep(arguments).run();
}

}  // namespace pathquant::cli
