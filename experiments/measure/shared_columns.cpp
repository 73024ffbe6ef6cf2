#include "experiments/measure/shared_columns.hpp"

#include <fmt/format.h>

namespace pathquant {

ColumnTable alphabet_columns() {
  const std::string weights = "units of the weights";
  return {
      {"levels", ColumnKind::measured, "", "levels of the alphabet", "null: infinitely many"},
      {"levels_used", ColumnKind::measured, "", "levels used",
       "of the smallest alphabet of its kind that has all of Q"},
      {"bits", ColumnKind::measured, "", R"(bits per weight, $\log_2$(levels))", "log2(levels)"},
      {"step", ColumnKind::measured, weights, R"(step $\delta$ of the alphabet)", "null where it varies"},
      {"step_min", ColumnKind::measured, weights, R"(smallest step $\delta$)", "over neurons or groups"},
      {"step_max", ColumnKind::measured, weights, R"(largest step $\delta$)", "over neurons or groups"},
      {"rate", ColumnKind::measured, "bits per weight, scales included", "rate", "log2(levels) + 32 scales / weights"}};
}

ColumnTable energy_columns(const ErrorSymbols& symbols) {
  const std::string error = fmt::format(R"(\Vert {}\Vert_F)", symbols.error);
  const std::string signal = fmt::format(R"(\Vert {}\Vert_F)", symbols.signal);
  return {{"relative_error", ColumnKind::error, "", fmt::format(R"(relative error  ${} \,/\, {}$)", error, signal),
           "root of relative_squared_error"},
          {"relative_squared_error", ColumnKind::error, "",
           fmt::format(R"(relative squared error  ${}^2 \,/\, {}^2$)", error, signal), "error_energy / signal_energy"},
          {"signal_energy", ColumnKind::measured, "", fmt::format("signal energy  ${}^2$", signal),
           "sum of the squares of what is to be approximated"},
          {"error_energy", ColumnKind::error, "", fmt::format("error energy  ${}^2$", error),
           "sum of the squares of the error"}};
}

ColumnTable decision_columns() {
  return {{"clipped", ColumnKind::measured, "count", "clipped decisions", "beyond the last threshold before clipping"},
          {"sparsity", ColumnKind::measured, "fraction of zero weights", "sparsity", "zeros of Q / weights"}};
}

ColumnTable variant_column() {
  return {{"variant", ColumnKind::word, "", "", "which form of path following ran"}};
}

}  // namespace pathquant
