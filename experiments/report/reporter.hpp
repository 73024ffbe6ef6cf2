// Contract of a reporter: what a finished sweep is written, printed or drawn by. It measures nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/collect.hpp"
#include "experiments/results/context.hpp"

namespace pathquant {

/// What a report is about.
struct ReportContext {
  const Plan& plan;
  const std::vector<PlannedCell>& shown;  ///< the cells that the user has selected
  RunContext run;
  std::filesystem::path folder;  ///< of the results
  std::size_t bad_tasks = 0;     ///< stored tasks of the plan that failed or timed out
  std::size_t unreached = 0;     ///< shown cells that have the most trials and a mean that is not known well enough
  bool quiet = false;

  std::filesystem::path results_file() const { return folder / "results.json"; }
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void begin(const ReportContext& /*context*/) {}
  /// All tables of the results. Throws StoreError where they cannot be written.
  virtual void rows(const ReportContext& context, const Results& results) = 0;
  virtual void end(const ReportContext& /*context*/) {}
};

/// One after another: results.json, the console, the figure. A later reporter (HTML) is one more file, and a line here.
std::vector<std::unique_ptr<Reporter>> make_reporters();

std::unique_ptr<Reporter> make_results_reporter();
std::unique_ptr<Reporter> make_console_reporter();
std::unique_ptr<Reporter> make_figure_reporter();

/// Gives the results to every reporter in turn.
void report(const ReportContext& context, const Results& results);

}  // namespace pathquant
