// The measured columns that several experiments have in common, each declared once.
#pragma once

#include <string>

#include "experiments/task/column.hpp"

namespace pathquant {

/// levels, levels_used, bits, step, step_min, step_max, rate.
ColumnTable alphabet_columns();

/// What an experiment's error and signal are, in TeX without dollars: U and XW, or W - Q and W.
struct ErrorSymbols {
  std::string error;
  std::string signal;
};
inline const ErrorSymbols layer_symbols = {"XW - X_q Q", "XW"};

/// relative_error, relative_squared_error, signal_energy, error_energy.
ColumnTable energy_columns(const ErrorSymbols& symbols);

/// clipped, sparsity.
ColumnTable decision_columns();

/// variant: which form of path following ran.
ColumnTable variant_column();

}  // namespace pathquant
