// The weights experiment: the error of quantizing vectors by themselves.
#include "experiments/kinds/weights/weights_cell.hpp"

namespace pathquant {
namespace {

const Registered<ExperimentEntry> registered({
    .description = {.name = "weights",
                    .version = 1,
                    .summary = "weights or activations alone: the error of quantizing vectors, whatever they multiply",
                    .formula = "relative_squared_error = ||W - Q||_F^2 / ||W||_F^2 over all vectors;\n"
                               "mean_vector_error, max_vector_error: of ||w_j - q_j||^2 / ||w_j||^2 over the vectors, "
                               "those of zeros left out",
                    .hypotheses = "",
                    .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786, and every paper on binary weights",
                    .parameters = vector_shape()},
    .measured = {"levels", "levels_used", "bits", "step", "step_min", "step_max", "rate", "relative_error",
                 "relative_squared_error", "signal_energy", "error_energy", "mean_vector_error", "max_vector_error",
                 "clipped", "sparsity"},
    .errors = {"relative_squared_error", "relative_error", "error_energy", "mean_vector_error", "max_vector_error"},
    .prepare = prepare_weights_cell,
});

}  // namespace
}  // namespace pathquant
