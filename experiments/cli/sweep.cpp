// The default command: config -> plan -> tasks -> store -> results.json, summary and figure.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/figure.hpp"
#include "experiments/cli/instructions.hpp"
#include "experiments/cli/sweep.hpp"
#include "experiments/engine/progress.hpp"
#include "experiments/engine/runner.hpp"
#include "experiments/plan/must_agree.hpp"
#include "experiments/plan/plan.hpp"
#include "experiments/plan/stopping.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/results/context.hpp"
#include "experiments/results/results_file.hpp"
#include "experiments/results/statements.hpp"
#include "experiments/results/table.hpp"

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
  const nlohmann::ordered_json own = make_context({}, {}, {});
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
    Diagnostics diagnostics;
    Config config = read_config(arguments.config, arguments.overrides, diagnostics);
    plan_ = make_plan(std::move(config), std::move(diagnostics));
    std::vector<Filter> filters;
    try {
      for (const std::string& text : arguments.filters) filters.push_back(parse_filter(text));
      selected_ = filtered(plan_.cells, filters);
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
    if (selected_.empty()) throw UsageError("--filter leaves no cell");
    folder_ = arguments.output.value_or(std::filesystem::path("results") / plan_.config.name);
    check_results_file(folder_ / "results.json");
    stored_ = load_tasks(
        folder_ / "tasks",
        {must_agree_in(plan_, arguments.force && !arguments.collect ? selected_ : std::vector<PlannedCell>()),
         [](const std::string& message) { fmt::print(stderr, "{}\n", message); }});
    counter_ = TrialCounter(plan_.config.stop);
  }

  int run() {
    if (arguments_.force && !arguments_.collect) forget();
    say_which_plugins_are_refused();
    if (arguments_.dry_run) return dry_run();
    RunOutcome outcome;
    if (!arguments_.collect) outcome = run_what_is_left();
    if (arguments_.shard) return report_shard(outcome);

    const Results results = collect(plan_, stored_);
    const std::filesystem::path file = folder_ / "results.json";
    const bool changed = write_results(
        file, make_context(plan_.config, plan_.columns, {arguments_.argv, options_.jobs, extra_}), results);
    if (!arguments_.quiet)
      fmt::print("{}{}", summary_table(selected_, results, plan_.columns), statements(plan_, selected_, results));
    print_outcome(results, file);
    if (plan_.config.plot.kind != Node::Kind::null) draw_figure(file, changed, arguments_.quiet);
    return exit_code(outcome, results.missing, bad_tasks());
  }

 private:
  // How many trials a cell has, as far as is known.
  TrialCount count(const PlannedCell& planned) const { return counter_.count(planned, stored_); }

  // Every task of these cells in plan order: the trials of each cell, with what its lines need just before the first
  // who asks. `trials` says how many of a cell.
  template <class Trials>
  std::vector<Task> tasks_of(const std::vector<PlannedCell>& cells, Trials trials) const {
    std::vector<Task> tasks;
    std::set<TaskKey> seen;
    const auto add = [&](const std::shared_ptr<const Computation>& computation, std::int64_t most) {
      for (std::int64_t trial = 0; trial < (computation->random() ? most : 1); ++trial) {
        Task task{computation, trial};
        if (seen.insert(task.key()).second) tasks.push_back(std::move(task));
      }
    };
    for (const PlannedCell& planned : cells) {
      const std::int64_t most = trials(planned);
      for (const auto& statistic : planned.cell->statistics(plan_.config.bounds)) add(statistic, most);
      add(planned.cell, most);
    }
    return tasks;
  }
  std::vector<Task> tasks_of(const std::vector<PlannedCell>& cells) const {
    return tasks_of(cells, [this](const PlannedCell& planned) { return count(planned).wanted; });
  }

  // This shard's part of the tasks. Shards are cut from all tasks, finished or not, so that they stay what they are;
  // where the number of trials depends on what was found they are cut from the cells, whose trials then stay together.
  template <class Trials>
  std::vector<Task> own_tasks(Trials trials) const {
    const auto is_own = [this](std::size_t i) { return i % shard_.parts == shard_.part - 1; };
    if (plan_.config.stop) {
      std::vector<PlannedCell> cells;
      for (std::size_t i = 0; i < selected_.size(); ++i)
        if (is_own(i)) cells.push_back(selected_[i]);
      return tasks_of(cells, trials);
    }
    std::vector<Task> tasks;
    std::vector<Task> all = tasks_of(selected_, trials);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (is_own(i)) tasks.push_back(std::move(all[i]));
    return tasks;
  }

  // The tasks that are to be run now: those that are missing and, once, bad ones.
  std::vector<Task> to_do() const {
    std::vector<Task> todo;
    for (Task& task : own_tasks([this](const PlannedCell& planned) { return count(planned).wanted; })) {
      const auto found = stored_.find(task.key());
      const bool again = found != stored_.end() && is_bad(found->second) && arguments_.rerun_failed;
      if ((found == stored_.end() || again) && !tried_.contains(task.key())) todo.push_back(std::move(task));
    }
    return todo;
  }

  static bool is_bad(const StoredTask& task) { return task.status == "failed" || task.status == "timeout"; }

  RunOutcome run_what_is_left() {
    std::vector<Task> todo = to_do();
    if (todo.empty()) return {};
    const auto try_them = [this](const std::vector<Task>& tasks) {
      for (const Task& task : tasks) tried_.insert(task.key());
    };
    try_them(todo);
    if (!arguments_.in_process && !options_.isolation) options_.isolation = isolation();
    RunOutcome outcome = run_tasks(std::move(todo), folder_ / "tasks", options_, [&](const StoredTasks& done) {
      for (const auto& [key, task] : done) stored_.insert_or_assign(key, task);
      std::vector<Task> more = to_do();
      try_them(more);
      return more;
    });
    for (const auto& [key, task] : outcome.finished) stored_.insert_or_assign(key, task);
    return outcome;
  }

  // For what runs in a process of its own, where there is any; before there are threads.
  std::shared_ptr<const Isolation> isolation() const {
    std::vector<std::shared_ptr<const Computation>> isolated;
    for (const PlannedCell& planned : selected_) {
      for (const auto& statistic : planned.cell->statistics(plan_.config.bounds))
        if (statistic->isolated()) isolated.push_back(statistic);
      if (planned.cell->isolated()) isolated.push_back(planned.cell);
    }
    return isolated.empty() ? nullptr : std::make_shared<const Isolation>(std::move(isolated));
  }

  void say_which_plugins_are_refused() const {
    for (const RefusedPlugin& plugin : refused_plugins())
      fmt::print(stderr, "plugin {} is refused: {}\n", plugin.path, plugin.reason);
  }

  // All that this start is to run anew, however many trials were run before.
  void forget() {
    std::set<TaskKey> keys;
    for (const Task& task : own_tasks([](const PlannedCell& planned) { return planned.trials; })) {
      stored_.erase(task.key());
      keys.insert(task.key());  // also where what is stored is damaged, and so not known
    }
    if (!arguments_.dry_run) forget_tasks(folder_ / "tasks", keys);
  }

  int dry_run() const {
    const std::vector<Task> todo = to_do();
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
      row.push_back(state_of(planned, open));
      table.add(std::move(row));
    }
    const auto& stop = plan_.config.stop;
    fmt::print("{}\n{} cells, {}{} tasks to run on {} workers, about {}\n", table.text(), selected_.size(),
               stop && !todo.empty() ? "at least " : "", todo.size(), options_.jobs, duration_text(estimate(todo)));
    if (stop)
      fmt::print("trials: {} at a time, at most {}, until the 95 % interval of the mean {} is within {} of it\n",
                 stop->batch, plan_.config.trials, stop->metric, percent(stop->until));
    if (plan_.duplicates > 0)
      fmt::print("{} points of the sweep were there already and count once\n", plan_.duplicates);
    if (plan_.excluded > 0) fmt::print("{} points are excluded\n", plan_.excluded);
    const bool fixed = std::any_of(selected_.begin(), selected_.end(), [](const auto& c) { return !c.cell->random(); });
    if (fixed) fmt::print("nothing random enters some cells: one trial of them is run\n");
    return all_good;
  }

  // `open` is what this start would run.
  std::string state_of(const PlannedCell& planned, const std::set<TaskKey>& open) const {
    const TrialCount trials = count(planned);
    const bool adaptive = plan_.config.stop && planned.trials > 1;
    std::int64_t cached = 0;
    std::int64_t waiting = 0;
    for (std::int64_t trial = 0; trial < trials.wanted; ++trial) {
      cached += stored_.contains({planned.cell->id(), trial}) ? 1 : 0;
      waiting += open.contains({planned.cell->id(), trial}) ? 1 : 0;
    }
    const bool complete = waiting == 0 && cached == trials.wanted;
    if (!adaptive && complete) return "cached";
    if (!adaptive && cached == 0) return fmt::format("todo, {} trials", waiting);
    if (!adaptive) return fmt::format("todo, {} of {} trials", waiting, trials.wanted);
    const std::string known = trials.half_width ? fmt::format(", +-{}", percent(*trials.half_width)) : "";
    if (complete)
      return fmt::format("cached, {} trials{}{}", trials.wanted, known, trials.reached ? "" : ", not reached");
    return fmt::format("todo, at least {} trials{}", waiting,
                       cached == 0 ? "" : fmt::format(" after {}{}", cached, known));
  }

  static std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

  // By the speed of the tasks that are there; before the first of them, by a guess at this machine's.
  double estimate(const std::vector<Task>& todo) const {
    double work = 0;
    for (const Task& task : todo) work += task.computation->cost();
    double done = 0;
    double seconds = 0;
    for (const Task& task : tasks_of(selected_)) {
      const auto found = stored_.find(task.key());
      if (found == stored_.end()) continue;
      done += task.computation->cost();
      seconds += found->second.seconds;
    }
    constexpr double guessed_speed = 1e10;
    constexpr double seconds_to_keep = 1.5e-3;  // a task in a process of its own, and its row on disk
    const double speed = seconds > 1 ? done / seconds : guessed_speed;
    return (work / speed + seconds_to_keep * static_cast<double>(todo.size())) / options_.jobs;
  }

  int report_shard(const RunOutcome& outcome) const {
    const std::size_t wanted = tried_.size();
    std::size_t bad = 0;
    for (const auto& [key, task] : outcome.finished) bad += is_bad(task) ? 1 : 0;
    if (!arguments_.quiet)
      fmt::print("shard {}/{}: {} of {} tasks run into {}; --collect writes results.json when all shards are done\n",
                 shard_.part, shard_.parts, outcome.finished.size(), wanted, folder_.string());
    return exit_code(outcome, wanted - outcome.finished.size(), bad);
  }

  void print_outcome(const Results& results, const std::filesystem::path& file) const {
    if (!arguments_.quiet) {
      if (results.judged > 0)
        fmt::print("\nupper bounds: {} judged, {} violated{}\n", results.judged, results.violated,
                   results.violated > 0 ? " (those of a probability may be: see the audit)" : "");
      fmt::print("{}: {} records, {} bounds\n", file.string(), results.records.size(), results.bounds.size());
      print_unreached();
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

  void print_unreached() const {
    if (!plan_.config.stop) return;
    const auto open = std::count_if(selected_.begin(), selected_.end(), [this](const PlannedCell& planned) {
      const TrialCount trials = count(planned);
      return trials.settled && !trials.reached;
    });
    if (open > 0)
      fmt::print("{} cells have {} trials, the most, and the interval of their mean {} is still wider than {}\n", open,
                 plan_.config.trials, plan_.config.stop->metric, percent(plan_.config.stop->until));
  }

  // Also those that have no record: the statistics that lines need.
  std::size_t bad_tasks() const {
    const std::vector<Task> all = tasks_of(plan_.cells);
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Task& task) {
      const auto found = stored_.find(task.key());
      return found != stored_.end() && is_bad(found->second);
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
  mutable TrialCounter counter_{std::nullopt};
  std::set<TaskKey> tried_;  // what was given to the workers by this start
};

}  // namespace

int sweep(const SweepArguments& arguments) {
  limit_instructions(arguments.instructions);
  return Sweep(arguments).run();
}

}  // namespace pathquant::cli
