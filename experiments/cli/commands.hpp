// The commands of runsweep. Each returns the exit code: 0 all good, 1 some task failed or timed out, 2 bad usage or
// config, 128 + signal when it was stopped.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/config.hpp"

namespace pathquant::cli {

enum ExitCode { all_good = 0, some_failed = 1, bad_usage = 2, internal = 3 };

/// Bad usage; the text says where and what to do.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SweepArguments {
  std::filesystem::path config;
  std::vector<Override> overrides;
  bool dry_run = false;
  std::optional<int> jobs;
  std::optional<std::filesystem::path> output;
  std::vector<std::string> filters;
  bool force = false;
  bool rerun_failed = false;
  bool fail_fast = false;
  std::optional<std::string> timeout;
  std::optional<std::string> cache;  ///< bytes of the values that tasks share
  std::string instructions;          ///< empty: the best that the processor has
  bool quiet = false;
  bool in_process = false;
  std::optional<std::string> shard;
  bool collect = false;
  std::vector<std::string> context;
  std::vector<std::string> argv;
};
int sweep(const SweepArguments& arguments);

/// Prints every registry, or one of quantizers, bounds, inputs, weights, experiments.
int list(const std::string& what);
/// Prints what a registered thing says of itself.
int explain(const std::string& name);

/// Fetches the public files of a data set into the cache folder and checks their sums; those that are there are
/// checked.
int fetch(const std::string& name);

struct QuantizeArguments {
  std::filesystem::path weights;
  std::optional<std::filesystem::path> inputs;
  std::optional<std::filesystem::path> quantized_inputs;
  std::string quantizer;
  std::vector<Override> parameters;
  std::filesystem::path output;
  std::optional<std::filesystem::path> packed;
  std::optional<std::filesystem::path> report;
};
int quantize(const QuantizeArguments& arguments);

struct AuditArguments {
  std::filesystem::path weights;
  std::optional<std::filesystem::path> inputs;
  std::optional<std::filesystem::path> quantized_inputs;
  std::filesystem::path quantized;
  std::optional<std::string> quantizer;  ///< that is said to have made Q
  std::vector<Override> parameters;
  std::optional<std::filesystem::path> report;
  std::optional<std::filesystem::path> certificate;
  std::optional<std::filesystem::path> check;
};
/// Judges a Q that is there already. 1 when it is not what is claimed of it.
int audit(const AuditArguments& arguments);

/// Writes the folder of a new plugin with one quantizer, below `directory`.
int new_quantizer(const std::string& name, const std::filesystem::path& directory);

struct BenchArguments {
  std::vector<std::string> names;  ///< empty: all
  std::optional<std::filesystem::path> json;
  std::string instructions;         ///< empty: the best that the processor has
  std::vector<int> threads;         ///< empty: 1 and, where there are so many, 2
  std::vector<std::string> shapes;  ///< MxNxP; empty: all
  int pairs = 15;
};
int bench(const BenchArguments& arguments);

/// Writes the Q of packed sign planes (quantize --packed) as NPY.
int unpack_layer(const std::filesystem::path& packed, const std::filesystem::path& output);

struct AdviseArguments {
  std::filesystem::path weights;
  std::filesystem::path inputs;
  double target = 0;  ///< relative squared error
  bool json = false;  ///< print the report instead of the table
  std::optional<std::filesystem::path> report;
};
/// The fewest levels with which some scheme reaches the target: predicted, and the best three measured.
int advise(const AdviseArguments& arguments);

/// key=value from the command line; nothing where there is no '='.
std::optional<Override> parse_override(const std::string& text);
/// 90, 90s, 10m, 3h in seconds. Throws UsageError.
std::chrono::duration<double> parse_duration(const std::string& text);
/// 4096, 512K, 300M, 2G in bytes. Throws UsageError.
std::size_t parse_bytes(const std::string& text);
/// --jobs, else SLURM_CPUS_PER_TASK, else the processors this process may run on.
int worker_count(std::optional<int> jobs);

}  // namespace pathquant::cli
