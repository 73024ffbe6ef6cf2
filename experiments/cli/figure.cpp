#include "experiments/cli/figure.hpp"

#include <fmt/format.h>

#include <string>

#include "experiments/cli/python.hpp"
#include "experiments/process/command.hpp"
#include "experiments/resources.hpp"

namespace pathquant::cli {
namespace {

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

void draw_figure(const std::filesystem::path& results, bool changed, bool quiet) {
  const std::filesystem::path png = std::filesystem::path(results).replace_filename("figure.png");
  if (!changed && std::filesystem::exists(png)) return;
  const CommandEnd drawn = run_command({python(), resource("analysis/plot.py").string(), results.string(), "-o",
                                        (png.parent_path() / "figure").string()},
                                       ExecutionContext());
  if (drawn.status == -1)
    fmt::print(stderr, "no figure: {} cannot be run: {}\n", python(), drawn.output);
  else if (drawn.status != 0)
    fmt::print(stderr, "no figure: {}\n", last_line(drawn.output));
  else if (!quiet)
    fmt::print("{}\n", drawn.output);
}

}  // namespace pathquant::cli
