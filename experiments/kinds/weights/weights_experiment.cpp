// The weights experiment: the error of quantizing vectors by themselves.
#include "experiments/kinds/weights/weights_cell.hpp"
#include "experiments/measure/shared_columns.hpp"

namespace pathquant {
namespace {

ColumnTable vector_columns() {
  const ColumnTable errors = {{"mean_vector_error", ColumnKind::error, "", "relative squared error of a vector, mean",
                               "mean_j ||w_j - q_j||^2 / ||w_j||^2, vectors of zeros left out"},
                              {"max_vector_error", ColumnKind::error, "", "relative squared error of the worst vector",
                               "max_j ||w_j - q_j||^2 / ||w_j||^2"}};
  return alphabet_columns() + energy_columns({"W - Q", "W"}) + errors + decision_columns();
}

const Registered<ExperimentEntry> registered({
    .description = {.name = "weights",
                    .version = 1,
                    .summary = "weights or activations alone: the error of quantizing vectors, whatever they multiply",
                    .formula = "relative_squared_error = ||W - Q||_F^2 / ||W||_F^2 over all vectors",
                    .hypotheses = "",
                    .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786, and every paper on binary weights",
                    .parameters = vector_shape()},
    .columns = vector_columns(),
    .prepare = prepare_weights_cell,
});

}  // namespace
}  // namespace pathquant
