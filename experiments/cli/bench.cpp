// `bench`: how fast the core is on this machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "experiments/bench/bench.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/instructions.hpp"
#include "experiments/provenance.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

using namespace bench;

struct BenchArguments {
  std::vector<std::string> names;  ///< empty: all
  std::optional<std::filesystem::path> json;
  std::string instructions;         ///< empty: the best that the processor has
  std::vector<int> threads;         ///< empty: 1 and, where there are so many, 2
  std::vector<std::string> shapes;  ///< MxNxP; empty: all
  int pairs = 15;
};

// OpenBLAS's kernels of that level.
const char* openblas_core(kernels::Instructions instructions) {
  switch (instructions) {
    case kernels::Instructions::avx512:
      return "";
    case kernels::Instructions::fma:
      return "Haswell";
    case kernels::Instructions::baseline:
      return "Nehalem";
  }
  return "";
}

std::vector<const BenchEntry*> chosen(const std::vector<std::string>& names) {
  const auto& registry = Registry<BenchEntry>::instance();
  if (names.empty()) return registry.all();
  std::vector<const BenchEntry*> entries;
  for (const std::string& name : names) {
    const BenchEntry* entry = registry.find(name);
    if (entry == nullptr)
      throw UsageError(fmt::format("there is no bench '{}'; there are {}", name, fmt::join(registry.names(), ", ")));
    entries.push_back(entry);
  }
  return entries;
}

Yardstick found_yardstick(kernels::Instructions instructions) {
  try {
    return Yardstick(openblas_core(instructions));
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

std::string time_text(double seconds) {
  return seconds < 1e-6   ? fmt::format("{:.2f} ns", seconds * 1e9)
         : seconds < 1e-3 ? fmt::format("{:.2f} us", seconds * 1e6)
         : seconds < 1    ? fmt::format("{:.2f} ms", seconds * 1e3)
                          : fmt::format("{:.2f} s", seconds);
}

void print(const bench::Row& row) {
  fmt::print("{:<17} {:>5} {:>7} {:>5}  {:<8} {:>2} {:>10}", row.name, row.shape.samples, row.shape.width,
             row.shape.neurons, row.precision, row.threads, time_text(row.seconds));
  if (row.product_seconds > 0)
    fmt::print(" {:>10}  {:.3f} [{:.3f}, {:.3f}]", time_text(row.product_seconds), row.ratio, row.ratio_low,
               row.ratio_high);
  if (row.arithmetic > 0) fmt::print("  {:.2f} x its {:.2f}", row.ratio / row.arithmetic, row.arithmetic);
  if (row.count > 0) fmt::print("  {} for each of {:.0f} {}", time_text(row.seconds / row.count), row.count, row.unit);
  fmt::print("\n");
  std::fflush(stdout);
}

int run_bench(const BenchArguments& arguments) {
  const auto entries = chosen(arguments.names);
  limit_instructions(arguments.instructions);
  const kernels::Instructions instructions = kernels::instructions();
  const Yardstick yardstick = found_yardstick(instructions);
  std::vector<int> threads = arguments.threads;
  if (threads.empty()) threads = worker_count(std::nullopt) > 1 ? std::vector{1, 2} : std::vector{1};

  fmt::print("{}, against {}; medians of {} pairs\n", name_of(instructions), yardstick.name(), arguments.pairs);
  fmt::print("{:<17} {:>5} {:>7} {:>5}  {:<8} {:>2} {:>10} {:>10}  {}\n", "case", "m", "N", "P", "", "T", "time",
             "product", "ratio [quartiles]");
  auto rows = nlohmann::ordered_json::array();
  const Bench bench(yardstick, {arguments.pairs, threads, arguments.shapes}, [&](const bench::Row& row) {
    print(row);
    rows.push_back(to_json(row));
  });
  for (const BenchEntry* entry : entries) entry->run(bench);
  if (rows.empty())
    throw UsageError(
        fmt::format("there is no layer of shape {} in what was asked for", fmt::join(arguments.shapes, ", ")));
  if (arguments.json) {
    const nlohmann::ordered_json report = {{"version", build_provenance().version},
                                           {"git_sha", build_provenance().git_sha},
                                           {"instructions", name_of(instructions)},
                                           {"product", yardstick.name()},
                                           {"pairs", arguments.pairs},
                                           {"rows", rows}};
    write_atomically(*arguments.json, report.dump(1) + "\n");
  }
  return all_good;
}

CommandEntry::Run set_up_bench(CLI::App& parser) {
  const auto arguments = std::make_shared<BenchArguments>();
  parser
      .add_option("names", arguments->names,
                  fmt::format("the benchmarks to run: {} (default: all)",
                              fmt::join(Registry<BenchEntry>::instance().names(), ", ")))
      ->type_name("NAME");
  parser.add_option("--json", arguments->json, "write the rows (default: not written)")->type_name("FILE");
  parser
      .add_option("--instructions", arguments->instructions,
                  "avx512, avx2 or none, for pathquant and OpenBLAS (default: the best that the processor has)")
      ->type_name("NAME");
  parser.add_option("--threads", arguments->threads, "numbers of threads (default: 1 and 2)")
      ->check(CLI::Range(1, 256))
      ->type_name("T");
  parser
      .add_option("--shape", arguments->shapes,
                  "run only layers of this shape, such as 1024x512x512; repeatable (default: all)")
      ->type_name("MxNxP")
      ->allow_extra_args(false);
  parser.add_option("--pairs", arguments->pairs, "pairs of runs that a median is of")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  return [arguments](const auto&) { return run_bench(*arguments); };
}

const Registered<CommandEntry> bench_command(
    CommandEntry("bench", "Times path following beside an OpenBLAS product of the same shape", set_up_bench));

}  // namespace
}  // namespace pathquant::cli
