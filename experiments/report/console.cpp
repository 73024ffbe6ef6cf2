#include <fmt/format.h>

#include <algorithm>

#include "experiments/report/reporter.hpp"
#include "experiments/results/statements.hpp"
#include "experiments/results/table.hpp"

namespace pathquant {
namespace {

// The first few reasons of records that failed, each once.
std::string first_errors(const Results& results) {
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

// Prints the summary, unless quiet, and on stderr what failed.
class ConsoleReporter final : public Reporter {
 public:
  void rows(const ReportContext& context, const Results& results) override {
    if (!context.quiet) print_summary(context, results);
    print_failures(context, results);
  }

 private:
  static void print_summary(const ReportContext& context, const Results& results) {
    fmt::print("{}{}", summary_table(context.shown, results, context.plan.columns),
               statements(context.plan, context.shown, results));
    if (results.judged > 0)
      fmt::print("\nupper bounds: {} judged, {} violated{}\n", results.judged, results.violated,
                 results.violated > 0 ? " (those of a probability may be: see the audit)" : "");
    fmt::print("{}: {} records, {} bounds\n", context.results_file().string(), results.records.size(),
               results.bounds.size());
    if (const auto& stop = context.plan.config.stop; stop && context.unreached > 0)
      fmt::print("{} cells have {} trials, the most, and the interval of their mean {} is still wider than {:.3g} %\n",
                 context.unreached, context.plan.config.trials, stop->metric, 100 * stop->until);
  }

  static void print_failures(const ReportContext& context, const Results& results) {
    if (results.bad > 0)
      fmt::print(stderr,
                 "{} tasks failed or timed out: see `error` in their records; --rerun-failed runs them again\n{}",
                 results.bad, first_errors(results));
    if (context.bad_tasks > results.bad)
      fmt::print(stderr,
                 "{} computations that lines need failed or timed out: see `reason` in their bounds; --rerun-failed "
                 "runs them again\n",
                 context.bad_tasks - results.bad);
  }
};

}  // namespace

std::unique_ptr<Reporter> make_console_reporter() {
  return std::make_unique<ConsoleReporter>();
}

}  // namespace pathquant
