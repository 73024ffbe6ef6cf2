// The layer experiment: one layer of random or given inputs and weights, and the error of a quantizer on it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/config/config.hpp"
#include "experiments/kinds/layer/layer_cell.hpp"
#include "experiments/measure/layer_reader.hpp"
#include "experiments/measure/streamed_layer.hpp"
#include "experiments/measure/unavailable_cell.hpp"

namespace pathquant {
namespace {

// One name or a list of them.
void read_measure(const Node& tree, ExtraMeasurements& extra, Diagnostics& diagnostics) {
  const Node* node = tree.find("measure");
  if (node == nullptr || node->kind == Node::Kind::null) return;
  static const std::vector<std::string> known = {"max_abs_error", "error_budget", "row_space_error"};
  for (const Node& item : node->kind == Node::Kind::sequence ? node->items : std::vector{*node}) {
    const std::string name = item.kind == Node::Kind::scalar ? to_text(item.value) : "?";
    if (std::find(known.begin(), known.end(), name) == known.end())
      diagnostics.push_back({item.at, fmt::format("measure: there is no '{}'{}: {}", name, suggestion(name, known),
                                                  fmt::join(known, ", "))});
    extra.max_abs_error = extra.max_abs_error || name == "max_abs_error";
    extra.error_budget = extra.error_budget || name == "error_budget";
    extra.row_space_error = extra.row_space_error || name == "row_space_error";
  }
}

std::shared_ptr<const Cell> prepare(const CellRequest& request, Diagnostics& diagnostics) {
  if (const std::string reason = why_unavailable(request.tree); !reason.empty())
    return make_unavailable_cell(request, reason);
  const std::size_t before = diagnostics.size();
  ExtraMeasurements extra;
  read_measure(request.tree, extra, diagnostics);
  std::optional<LayerSetup> setup = read_layer(request, {"measure"}, diagnostics);
  if (setup) setup->extra = extra;
  if (diagnostics.size() == before && setup->inputs.streamed())
    if (const auto reason = why_not_streamed(*setup))
      diagnostics.push_back({request.tree.find("quantizer")->at, *reason});
  if (diagnostics.size() > before) return nullptr;
  setup->identity["experiment"] = "layer/2";
  // Only where they are asked for, so that other cells are what they were.
  if (extra.max_abs_error) setup->identity["measure"].push_back("max_abs_error");
  if (extra.error_budget) setup->identity["measure"].push_back("error_budget");
  if (extra.row_space_error) setup->identity["measure"].push_back("row_space_error");
  return make_layer_cell(*std::move(setup));
}

const Registered<ExperimentEntry> registered({
    .description = {.name = "layer",
                    .version = 1,
                    .summary = "one layer: the error of a quantizer on X and W drawn anew in every trial",
                    .formula =
                        "relative_squared_error = ||XW - XqQ||_F^2 / ||XW||_F^2;\n"
                        "fresh_relative_squared_error: the same on fresh rows, where inputs.fresh asks for them;\n"
                        "direction_error = max_j |<a, u_j>|, a uniform on the unit sphere, one for a trial;\n"
                        "alignment_residual = ||XW - XqW~||_F / ||XW||_F;\n"
                        "bias_corrected_..: with the best bias for Q, the mean error of every neuron on X;\n"
                        "damping: lambda over the mean ||Xq_t||^2, of error feedback;\n"
                        "levels_used: of the smallest alphabet of its kind that has all of Q;\n"
                        "measure: max_abs_error: also where the shape lets path following do without U (the variant "
                        "gram, X == Xq); otherwise it is null there;\n"
                        "measure: error_budget: U = Uhat + V(C(c) - q) + V(c - C(c)), the squares of the shares "
                        "of alignment, rounding and clipping and twice their products: they add up to "
                        "error_energy. Of path following only;\n"
                        "measure: row_space_error: max_j |z_j^T(w_j - q_j)|, z_j normal on the row space of X, "
                        "where X == Xq",
                    .hypotheses = "",
                    .source = "every paper's setting for a single layer",
                    .parameters = layer_input_shape() + layer_weight_shape()},
    .measured = {"levels",
                 "levels_used",
                 "bits",
                 "step",
                 "step_min",
                 "step_max",
                 "rate",
                 "relative_error",
                 "relative_squared_error",
                 "signal_energy",
                 "error_energy",
                 "median_neuron_error",
                 "max_neuron_squared_error",
                 "max_abs_error",
                 "max_abs_error_reason",
                 "direction_error",
                 "fresh_relative_squared_error",
                 "bias_corrected_relative_squared_error",
                 "bias_corrected_fresh_relative_squared_error",
                 "row_space_error",
                 "variant",
                 "clipped",
                 "sparsity",
                 "weight_relative_squared_error",
                 "alignment_residual",
                 "damping",
                 "budget_alignment",
                 "budget_rounding",
                 "budget_clipping",
                 "budget_alignment_rounding",
                 "budget_alignment_clipping",
                 "budget_rounding_clipping"},
    .errors = {"relative_squared_error", "relative_error", "error_energy", "median_neuron_error",
               "max_neuron_squared_error", "max_abs_error", "fresh_relative_squared_error",
               "weight_relative_squared_error"},
    .prepare = prepare,
});

}  // namespace
}  // namespace pathquant
