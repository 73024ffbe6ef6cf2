// `sweep`, which runs where no command is named: its options.
#include <CLI/CLI.hpp>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/sweep.hpp"

namespace pathquant::cli {
namespace {

struct SweepWords {
  SweepArguments arguments;
  std::vector<std::string> overrides;
};

void add_selection(CLI::App& parser, SweepArguments& sweep) {
  parser
      .add_option("--filter", sweep.filters,
                  "run only cells with key=value[,v2], or with key!=value; exact; repeatable (default: all cells)")
      ->type_name("FILTER")
      ->allow_extra_args(false);
  parser.add_flag("-f,--force", sweep.force, "run the selected cells again (default: only what is missing)");
  parser.add_flag("--rerun-failed", sweep.rerun_failed,
                  "run failed and timed-out tasks again (default: they stay as they are)");
  parser
      .add_option("--shard", sweep.shard, "run the k-th of n parts of the tasks; --collect gathers them (default: 1/1)")
      ->type_name("k/n");
  parser.add_flag("--collect", sweep.collect, "run nothing; write results.json from the tasks that are finished");
}

void add_execution(CLI::App& parser, SweepArguments& sweep) {
  parser.add_flag("-n,--dry-run", sweep.dry_run,
                  "validate, and list the cells with their state, number and estimated time");
  parser
      .add_option("-j,--jobs", sweep.jobs,
                  "number of workers (default: SLURM_CPUS_PER_TASK, else the processors that the program may use)")
      ->type_name("N");
  parser.add_flag("-x,--fail-fast", sweep.fail_fast, "stop at the first failure (default: go on)");
  parser.add_option("--timeout", sweep.timeout, "time limit of a task: 90s, 10m, 3h (default: none)")
      ->type_name("TIME");
  parser
      .add_option(
          "--cache", sweep.cache,
          "limit for the inputs and the like that tasks share: 300M, 2G (default: a quarter of the memory of the "
          "machine or its control group)")
      ->type_name("BYTES");
  parser.add_flag("--in-process", sweep.in_process,
                  "run plugins in this process, where a crash ends the sweep (default: in a process of their own)");
  parser
      .add_option("--instructions", sweep.instructions,
                  "avx512, avx2 or none: limit the kernels to these, for comparisons; the numbers stay the same "
                  "(default: the best that the processor has)")
      ->type_name("NAME");
}

void add_output(CLI::App& parser, SweepArguments& sweep) {
  parser.add_option("-o,--output", sweep.output, "folder of the results (default: results/<name>)")->type_name("DIR");
  parser.add_flag("-q,--quiet", sweep.quiet, "print neither progress nor summary");
  parser.add_option("--context", sweep.context, "add this to the context of results.json; repeatable (default: none)")
      ->type_name("key=value")
      ->allow_extra_args(false);
}

CommandEntry::Run set_up_sweep(CLI::App& parser) {
  const auto words = std::make_shared<SweepWords>();
  parser.footer(
      "The word 'sweep' may be left out: runsweep CONFIG.yaml. The same command again resumes. "
      "results/<name>/results.json holds what was measured.");
  parser.add_option("config", words->arguments.config, "the config")->required()->type_name("CONFIG.yaml");
  parser
      .add_option("overrides", words->overrides,
                  "replaces a value of the config by its path; a list is swept: width=128,256 (default: none)")
      ->type_name("key=value");
  add_execution(parser, words->arguments);
  add_selection(parser, words->arguments);
  add_output(parser, words->arguments);
  return [words](const std::vector<std::string>& argv) {
    words->arguments.overrides = parse_overrides(words->overrides);
    words->arguments.argv = argv;
    return sweep(words->arguments);
  };
}

const Registered<CommandEntry> sweep_command(CommandEntry("sweep", "Runs the sweep of a YAML config (the default)",
                                                          set_up_sweep));

}  // namespace
}  // namespace pathquant::cli
