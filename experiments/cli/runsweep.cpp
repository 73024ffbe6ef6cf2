// The command line. What it does is in cli/; this file only reads arguments and turns exceptions into exit codes.
#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <Eigen/Core>

#include "core/data/data_error.hpp"
#include "core/quantizers/validated.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/provenance.hpp"
#include "experiments/store/store.hpp"
#include "experiments/task/experiment.hpp"

namespace {

using namespace pathquant;

// Takes every `key=value` out of the words that CLI11 left over; anything else is a mistake.
std::vector<Override> overrides_of(const std::vector<std::string>& words) {
  std::vector<Override> overrides;
  for (const std::string& word : words) {
    const auto change = cli::parse_override(word);
    if (!change) throw cli::UsageError(fmt::format("'{}' is not key=value", word));
    overrides.push_back(*change);
  }
  return overrides;
}

// `all` are the arguments as they were given.
int run_sweep(int argc, char** argv, std::vector<std::string> all) {
  CLI::App app{
      "Runs the sweep of a YAML config, or one of the commands: list, explain, quantize, unpack, audit, advise, new, "
      "fetch, bench.\n"
      "The same command again resumes; results/<name>/results.json holds what was measured.",
      "runsweep"};
  app.footer(
      "  runsweep list [quantizers|bounds|inputs|weights|experiments]\n"
      "  runsweep explain NAME\n"
      "  runsweep quantize --weights W.npy --inputs X.npy --quantizer NAME [key=value ...] -o Q.npy\n"
      "  runsweep unpack Q.planes -o Q.npy       (written by quantize --packed Q.planes)\n"
      "  runsweep advise --weights W.npy --inputs X.npy --target 0.05 [--json]\n"
      "  runsweep audit --weights W.npy --inputs X.npy --quantized Q.npy [--certificate C.json]\n"
      "  runsweep new quantizer NAME\n"
      "  runsweep bench [NAME ...] [--json FILE]\n"
      "  runsweep fetch cifar10|fashion|mnist    (into ~/.cache/pathquant; PATHQUANT_MIRROR: from another place)\n"
      "--plugin FILE.so, with any of these: quantizers, bounds, inputs and weights that the library brings; "
      "repeatable\n"
      "Exit codes: 0 all good, 1 some task failed or timed out, 2 bad usage or config, 3 internal error.");
  app.set_version_flag("--version",
                       fmt::format("pathquant {} ({})", build_provenance().version, build_provenance().git_sha));
  cli::SweepArguments sweep;
  std::vector<std::string> words;
  app.add_option("config", sweep.config, "the sweep (YAML)")->required()->type_name("CONFIG.yaml");
  app.add_option("overrides", words, "replace what the config says, by its path; a list is swept: width=128,256")
      ->type_name("key=value");
  app.add_flag("-n,--dry-run", sweep.dry_run, "list the cells with their state, count and estimate; also validates");
  app.add_option("-j,--jobs", sweep.jobs, "workers (default: SLURM_CPUS_PER_TASK, else the processors it may use)");
  app.add_option("-o,--output", sweep.output, "folder of the results (default: results/<name>)");
  app.add_option("--filter", sweep.filters, "key=value[,v2] or key!=value: only these cells; repeatable, exact")
      ->allow_extra_args(false);
  app.add_flag("-f,--force", sweep.force, "run the selected cells again");
  app.add_flag("--rerun-failed", sweep.rerun_failed, "run failed and timed-out tasks again");
  app.add_flag("-x,--fail-fast", sweep.fail_fast, "stop at the first failure");
  app.add_option("--timeout", sweep.timeout, "limit for each task: 90s, 10m, 3h");
  app.add_option(
      "--cache", sweep.cache,
      "memory for inputs that tasks share: 500M, 2G (default: a quarter of the machine's or control group's)");
  app.add_option("--instructions", sweep.instructions,
                 "avx512, avx2 or none: the best that the processor has, or less; for comparisons");
  app.add_flag("-q,--quiet", sweep.quiet, "no progress and no summary");
  app.add_flag("--in-process", sweep.in_process, "run plugins in this process: one that crashes ends the sweep");
  app.add_option("--shard", sweep.shard, "k/n: run the k-th of n parts of the tasks; --collect gathers them");
  app.add_flag("--collect", sweep.collect, "run nothing: write results.json from what is finished");
  app.add_option("--context", sweep.context, "key=value for the context of results.json; repeatable")
      ->allow_extra_args(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  sweep.overrides = overrides_of(words);
  sweep.argv = std::move(all);
  return cli::sweep(sweep);
}

int run_quantize(int argc, char** argv) {
  CLI::App app{"Quantizes one layer from NPY files: W and Q are (outputs, inputs), X is (samples, inputs).",
               "runsweep quantize"};
  cli::QuantizeArguments arguments;
  std::vector<std::string> words;
  app.add_option("--weights", arguments.weights, "W.npy, float32 or float64")->required();
  app.add_option("--inputs", arguments.inputs, "X.npy; a memoryless quantizer runs without");
  app.add_option("--quantized-inputs", arguments.quantized_inputs,
                 "Xq.npy, the inputs of the quantized network (default: X)");
  app.add_option("--quantizer", arguments.quantizer, "its name: runsweep list quantizers")->required();
  app.add_option("parameters", words, "alphabet.levels=17 alphabet.step=0.06, precision=, seed=, probability=, ...")
      ->type_name("key=value");
  app.add_option("-o,--output", arguments.output, "Q.npy")->required();
  app.add_option("--packed", arguments.packed,
                 "Q as sign planes and scales, for runsweep unpack: ls1, ls2, lst, gf, ..");
  app.add_option("--report", arguments.report, "R.json: all metrics and lines");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  arguments.parameters = overrides_of(words);
  return cli::quantize(arguments);
}

int run_unpack(int argc, char** argv) {
  CLI::App app{"Writes the Q that runsweep quantize --packed has stored as NPY: (outputs, inputs).", "runsweep unpack"};
  std::filesystem::path packed;
  std::filesystem::path output;
  app.add_option("packed", packed, "the packed sign planes")->required()->type_name("FILE");
  app.add_option("-o,--output", output, "Q.npy")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  return cli::unpack_layer(packed, output);
}

int run_advise(int argc, char** argv) {
  CLI::App app{
      "Finds the fewest levels with which some scheme reaches a relative squared error ||XW - XQ||^2 / ||XW||^2.",
      "runsweep advise"};
  cli::AdviseArguments arguments;
  app.add_option("--weights", arguments.weights, "W.npy, (outputs, inputs)")->required();
  app.add_option("--inputs", arguments.inputs, "X.npy, (samples, inputs)")->required();
  app.add_option("--target", arguments.target, "relative squared error that is wanted")->required();
  app.add_flag("--json", arguments.json, "print the report as JSON");
  app.add_option("--report", arguments.report, "R.json: the same in a file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  return cli::advise(arguments);
}

int run_bench(int argc, char** argv) {
  CLI::App app{"Times path following and what it stands on beside one OpenBLAS product of the same shape.",
               "runsweep bench"};
  cli::BenchArguments arguments;
  app.add_option("names", arguments.names, "which (default: all)")->type_name("NAME");
  app.add_option("--json", arguments.json, "FILE: the rows");
  app.add_option("--instructions", arguments.instructions,
                 "avx512, avx2 or none (default: the best there is), for both sides");
  app.add_option("--threads", arguments.threads, "default: 1 and 2")->check(CLI::Range(1, 256));
  app.add_option("--shape", arguments.shapes, "only layers of this shape, such as 1024x512x512; repeatable")
      ->type_name("MxNxP")
      ->allow_extra_args(false);
  app.add_option("--pairs", arguments.pairs, "medians of so many pairs (default: 15)")->check(CLI::Range(1, 10000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  return cli::bench(arguments);
}

int run_audit(int argc, char** argv) {
  CLI::App app{
      "Judges a Q that is there already, from NPY files: W and Q are (outputs, inputs), X is (samples, inputs).\n"
      "With --quantizer NAME key=value ...: whether that is what has made it.",
      "runsweep audit"};
  cli::AuditArguments arguments;
  std::vector<std::string> words;
  app.add_option("--weights", arguments.weights, "W.npy, float32 or float64")->required();
  app.add_option("--inputs", arguments.inputs, "X.npy; without, only the weights' errors are told");
  app.add_option("--quantized-inputs", arguments.quantized_inputs,
                 "Xq.npy, the inputs of the quantized network (default: X)");
  app.add_option("--quantized", arguments.quantized, "Q.npy")->required();
  app.add_option("--quantizer", arguments.quantizer, "that is said to have made Q");
  app.add_option("parameters", words, "its parameters, precision=, seed=, layer=, probability=")
      ->type_name("key=value");
  app.add_option("--report", arguments.report, "R.json: all metrics, lines and the rank");
  app.add_option("--certificate", arguments.certificate, "C.json: what someone else needs to check this");
  app.add_option("--check", arguments.check, "C.json: does it hold for these files?");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  arguments.parameters = overrides_of(words);
  return cli::audit(arguments);
}

int run_new(int argc, char** argv) {
  CLI::App app{"Writes the folder of a new plugin, which builds and runs as it is.", "runsweep new"};
  std::string kind;
  std::string name;
  std::filesystem::path directory = ".";
  app.add_option("kind", kind, "quantizer")->required()->check(CLI::IsMember({"quantizer"}));
  app.add_option("name", name, "its name: a C++ and YAML word")->required();
  app.add_option("--directory,--in", directory, "where the folder is made (default: here)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::all_good : cli::bad_usage;
  }
  return cli::new_quantizer(name, directory);
}

// Takes every `--plugin FILE` out of the arguments and loads the files, before any name is looked up.
std::vector<char*> load_plugins(int argc, char** argv) {
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    constexpr std::string_view assigned = "--plugin=";
    if (word == "--plugin" && i + 1 == argc) throw cli::UsageError("--plugin takes a file: --plugin build/mine.so");
    if (word == "--plugin")
      load_plugin(argv[++i]);
    else if (word.starts_with(assigned))
      load_plugin(word.substr(assigned.size()));
    else
      rest.push_back(argv[i]);
  }
  return rest;
}

// A sweep can do without one that is refused; whoever asks for one thing cannot.
void refuse_without(const std::string& command) {
  for (const RefusedPlugin& plugin : refused_plugins())
    throw cli::UsageError(fmt::format("{}: plugin {} is refused: {}", command, plugin.path, plugin.reason));
}

int dispatch(int argc, char** argv, std::vector<std::string> all) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "new") return run_new(argc - 1, argv + 1);
  if (command == "quantize" || command == "audit" || command == "list" || command == "explain") refuse_without(command);
  if (command == "quantize") return run_quantize(argc - 1, argv + 1);
  if (command == "audit") return run_audit(argc - 1, argv + 1);
  if (command == "unpack") return run_unpack(argc - 1, argv + 1);
  if (command == "advise") return run_advise(argc - 1, argv + 1);
  if (command == "bench") return run_bench(argc - 1, argv + 1);
  if (command == "fetch") {
    if (argc != 3) throw cli::UsageError("fetch takes the name of one data set: cifar10, fashion or mnist");
    return cli::fetch(argv[2]);
  }
  if (command == "list" || command == "explain") {
    if (argc > 3 || (command == "explain" && argc != 3))
      throw cli::UsageError(command == "list"
                                ? "list takes at most one of quantizers, bounds, inputs, weights, experiments"
                                : "explain takes one name: runsweep list shows them");
    return command == "list" ? cli::list(argc == 3 ? argv[2] : "") : cli::explain(argv[2]);
  }
  return run_sweep(argc, argv, std::move(all));
}

// Memory that a task gives back stays with the process for the next one: pages that the system has to clear first cost
// a layer up to a quarter of its time.
void keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that it takes
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  // Eigen cuts its products by the sizes of the caches, and where it cuts decides the last bits of a sum: the same
  // sizes on every machine make what it computes the same everywhere.
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20);
  try {
    std::vector<char*> arguments = load_plugins(argc, argv);
    return dispatch(static_cast<int>(arguments.size()), arguments.data(), {argv, argv + argc});
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
  } catch (const cli::UsageError& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
  } catch (const DataError& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
  } catch (const StoreError& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
  } catch (const std::domain_error& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
  } catch (const Skipped& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
    return cli::some_failed;
  } catch (const UntrustedFault& error) {
    fmt::print(stderr, "runsweep: {}\n", error.what());
    return cli::some_failed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "runsweep: internal error: {}\n", error.what());
    return cli::internal;
  }
  return cli::bad_usage;
}
