// The figure that a run leaves beside results.json.
#pragma once

#include <filesystem>

namespace pathquant::cli {

/// Draws figure.png and figure.svg beside `results` with analysis/plot.py when `changed` or when they are missing.
/// Where Python or matplotlib is not there, or the plot block does not fit, it says so in a line on stderr: the results
/// are complete without it.
void draw_figure(const std::filesystem::path& results, bool changed, bool quiet);

}  // namespace pathquant::cli
