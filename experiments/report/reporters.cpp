#include "experiments/report/reporter.hpp"

namespace pathquant {

std::vector<std::unique_ptr<Reporter>> make_reporters() {
  std::vector<std::unique_ptr<Reporter>> reporters;
  reporters.push_back(make_results_reporter());
  reporters.push_back(make_console_reporter());
  reporters.push_back(make_figure_reporter());
  return reporters;
}

void report(const ReportContext& context, const Results& results) {
  for (const auto& reporter : make_reporters()) {
    reporter->begin(context);
    reporter->rows(context, results);
    reporter->end(context);
  }
}

}  // namespace pathquant
