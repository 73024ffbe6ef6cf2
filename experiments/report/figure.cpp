#include <fmt/format.h>

#include <string>

#include "experiments/process/command.hpp"
#include "experiments/process/python.hpp"
#include "experiments/report/reporter.hpp"
#include "experiments/resources.hpp"

namespace pathquant {
namespace {

namespace fs = std::filesystem;

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

bool is_older(const fs::path& file, const fs::path& than) {
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  return error || time < fs::last_write_time(than);
}

// Draws figure.png and figure.svg beside results.json with analysis/plot.py where the config has a `plot` block and the
// figure is missing or older. Where Python or matplotlib is missing, or the block does not fit, a line on stderr says so:
// the results are complete without a figure.
class FigureReporter final : public Reporter {
 public:
  void rows(const ReportContext& /*context*/, const Results& /*results*/) override {}
  void end(const ReportContext& context) override {
    if (context.plan.config.plot.kind == Node::Kind::null) return;
    if (!is_older(context.folder / "figure.png", context.results_file())) return;
    const CommandEnd drawn = run_command({python(), resource("analysis/plot.py").string(),
                                          context.results_file().string(), "-o", (context.folder / "figure").string()},
                                         ExecutionContext());
    if (drawn.status == -1)
      fmt::print(stderr, "no figure: {} cannot be run: {}\n", python(), drawn.output);
    else if (drawn.status != 0)
      fmt::print(stderr, "no figure: {}\n", last_line(drawn.output));
    else if (!context.quiet)
      fmt::print("{}\n", drawn.output);
  }
};

}  // namespace

std::unique_ptr<Reporter> make_figure_reporter() {
  return std::make_unique<FigureReporter>();
}

}  // namespace pathquant
