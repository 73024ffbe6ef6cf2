// `bench`: how fast the core is on this machine.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "experiments/bench/bench.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/instructions.hpp"
#include "experiments/provenance.hpp"

namespace pathquant::cli {
namespace {

using namespace bench;

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

}  // namespace

int bench(const BenchArguments& arguments) {
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
    std::ofstream file(*arguments.json);
    file << report.dump(1) << '\n';
    if (!file.flush()) throw UsageError(fmt::format("{} cannot be written", arguments.json->string()));
  }
  return all_good;
}

}  // namespace pathquant::cli
