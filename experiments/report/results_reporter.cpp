#include "experiments/report/reporter.hpp"
#include "experiments/report/results_file.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant {
namespace {

// Writes results.json.
class ResultsReporter final : public Reporter {
 public:
  void begin(const ReportContext& context) override { make_folder(context.folder); }
  void rows(const ReportContext& context, const Results& results) override {
    write_results(context.results_file(), make_context(context.plan.config, context.plan.columns, context.run),
                  results);
  }
};

}  // namespace

std::unique_ptr<Reporter> make_results_reporter() {
  return std::make_unique<ResultsReporter>();
}

}  // namespace pathquant
