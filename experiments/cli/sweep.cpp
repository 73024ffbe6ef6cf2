// The default command: config -> plan -> tasks -> engine and store -> results -> reporters.
#include <fmt/format.h>

#include <algorithm>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/instructions.hpp"
#include "experiments/cli/sweep.hpp"
#include "experiments/engine/run_tasks.hpp"
#include "experiments/plan/must_agree.hpp"
#include "experiments/plan/plan.hpp"
#include "experiments/plan/sweep_tasks.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/report/dry_run.hpp"
#include "experiments/report/reporter.hpp"
#include "experiments/report/results_file.hpp"

namespace pathquant::cli {
namespace {

void check(const SweepArguments& arguments) {
  if (arguments.jobs && (*arguments.jobs < 1 || *arguments.jobs > 4096))
    throw UsageError("--jobs must be between 1 and 4096");
  if (arguments.collect && arguments.shard) throw UsageError("--collect gathers all shards: leave --shard out");
}

RunContext run_context(const SweepArguments& arguments) {
  RunContext run{arguments.argv, worker_count(arguments.jobs), {}};
  for (const std::string& text : arguments.context) {
    const auto pair = parse_override(text);
    if (!pair) throw UsageError(fmt::format("--context takes key=value, not '{}'", text));
    if (is_context_key(pair->path))
      throw UsageError(fmt::format("--context: '{}' is part of the context already: choose another key", pair->path));
    run.extra.emplace_back(pair->path, pair->value);
  }
  return run;
}

EngineOptions engine_options(const SweepArguments& arguments) {
  EngineOptions options{.jobs = worker_count(arguments.jobs)};
  if (arguments.timeout) options.timeout = parse_duration(*arguments.timeout);
  if (arguments.cache) options.cache_bytes = parse_bytes(*arguments.cache);
  return options;
}

Plan read_plan(const SweepArguments& arguments) {
  Diagnostics diagnostics;
  const ConfigDocument document = parse_config(arguments.config, arguments.overrides, diagnostics);
  for (const PluginFile& plugin : document.plugins) {
    try {
      load_plugin(plugin.path);
    } catch (const std::invalid_argument& error) {
      diagnostics.push_back({plugin.at, error.what()});
    }
  }
  Config config = read_config(document, diagnostics);
  return make_plan(std::move(config), std::move(diagnostics));
}

std::vector<PlannedCell> selected_cells(const Plan& plan, const std::vector<std::string>& texts) {
  std::vector<Filter> filters;
  std::transform(texts.begin(), texts.end(), std::back_inserter(filters), parse_filter);
  std::vector<PlannedCell> selected = filtered(plan.cells, filters);
  if (selected.empty()) throw UsageError("--filter leaves no cell");
  return selected;
}

void print_refused_plugins() {
  for (const RefusedPlugin& plugin : refused_plugins())
    fmt::print(stderr, "plugin {} is refused: {}\n", plugin.path, plugin.reason);
}

RunOutcome run_what_is_left(SweepTasks& tasks, const SweepArguments& arguments, const EngineOptions& options,
                            const std::filesystem::path& folder) {
  std::vector<Task> todo = tasks.take(arguments.rerun_failed);
  if (todo.empty()) return {};
  const auto engine = make_engine(arguments.in_process ? "threads" : "isolated", options, tasks.computations());
  RunOutcome outcome =
      run_tasks(std::move(todo), *engine, folder, {arguments.fail_fast, arguments.quiet}, [&](const StoredTasks& done) {
        tasks.add(done);
        return tasks.take(arguments.rerun_failed);
      });
  tasks.add(outcome.finished);
  return outcome;
}

ReportContext report_context(const Plan& plan, const SweepTasks& tasks, const SweepArguments& arguments, RunContext run,
                             const std::filesystem::path& folder) {
  const auto unreached = std::count_if(tasks.selected().begin(), tasks.selected().end(), [&](const auto& planned) {
    const TrialCount trials = tasks.count(planned);
    return trials.settled && !trials.reached;
  });
  return {.plan = plan,
          .shown = tasks.selected(),
          .run = std::move(run),
          .folder = folder,
          .bad_tasks = tasks.bad(),
          .unreached = static_cast<std::size_t>(unreached),
          .quiet = arguments.quiet};
}

int exit_code(const SweepArguments& arguments, const RunOutcome& outcome, std::size_t missing, std::size_t bad) {
  if (outcome.signal != 0) {
    fmt::print(stderr, "stopped: {} tasks were finished and are safe; the same command goes on from there\n",
               outcome.finished.size());
    return 128 + outcome.signal;
  }
  if (missing > 0 && !arguments.quiet && !arguments.shard)
    fmt::print("{} tasks of this sweep have not been run yet\n", missing);
  return bad > 0 ? some_failed : all_good;
}

int end_of_shard(const SweepArguments& arguments, const Shard& shard, const SweepTasks& tasks,
                 const RunOutcome& outcome, const std::filesystem::path& folder) {
  const auto bad = static_cast<std::size_t>(std::count_if(outcome.finished.begin(), outcome.finished.end(),
                                                          [](const auto& item) { return is_bad(item.second); }));
  if (!arguments.quiet)
    fmt::print("shard {}/{}: {} of {} tasks run into {}; --collect writes results.json when all shards are done\n",
               shard.part, shard.parts, outcome.finished.size(), tasks.taken(), folder.string());
  return exit_code(arguments, outcome, tasks.taken() - outcome.finished.size(), bad);
}

}  // namespace

int sweep(const SweepArguments& arguments) {
  limit_instructions(arguments.instructions);
  const Shard shard = parse_shard(arguments.shard.value_or("1/1"));
  RunContext run = run_context(arguments);
  check(arguments);
  const EngineOptions options = engine_options(arguments);
  const Plan plan = read_plan(arguments);
  std::vector<PlannedCell> selected = selected_cells(plan, arguments.filters);
  const auto folder = arguments.output.value_or(std::filesystem::path("results") / plan.config.name);
  const auto store = folder / "tasks";
  check_results_file(folder / "results.json");
  const bool forced = arguments.force && !arguments.collect;
  const LoadRules rules{must_agree_in(plan, forced ? selected : std::vector<PlannedCell>()),
                        [](const std::string& message) { fmt::print(stderr, "{}\n", message); }};
  SweepTasks tasks(plan, std::move(selected), shard, load_tasks(store, rules));

  if (forced) {
    const std::set<TaskKey> forgotten = tasks.forget();
    if (!arguments.dry_run) forget_tasks(store, forgotten);
  }
  print_refused_plugins();
  if (arguments.dry_run) {
    const std::vector<Task> todo = tasks.take(arguments.rerun_failed);
    fmt::print("{}", dry_run_listing(plan, tasks, todo, options.jobs));
    return all_good;
  }
  RunOutcome outcome;
  if (!arguments.collect) outcome = run_what_is_left(tasks, arguments, options, store);
  if (arguments.shard) return end_of_shard(arguments, shard, tasks, outcome, folder);

  const Results results = collect(plan, tasks.stored());
  const ReportContext context = report_context(plan, tasks, arguments, std::move(run), folder);
  report(context, results);
  return exit_code(arguments, outcome, results.missing, context.bad_tasks);
}

}  // namespace pathquant::cli
