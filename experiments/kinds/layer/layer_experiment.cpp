// The layer experiment: one layer of random or given inputs and weights, and the error of a quantizer on it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "experiments/config/config.hpp"
#include "experiments/kinds/layer/layer_cell.hpp"
#include "experiments/measure/layer_reader.hpp"
#include "experiments/measure/shared_columns.hpp"
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

ColumnTable layer_columns() {
  const ColumnKind measured = ColumnKind::measured, error = ColumnKind::error;
  const std::string squared = R"($\Vert XW - X_q Q\Vert_F^2 \,/\, \Vert XW\Vert_F^2$)";
  const std::string part = "part of the error energy: ";
  const ColumnTable errors = {
      {"median_neuron_error", error, "", "error of the median neuron",
       "median over the neurons of ||u_j|| / ||X w_j||"},
      {"max_neuron_squared_error", error, "",
       R"(largest squared error of a neuron  $\max_j \Vert (XW - X_q Q)_j\Vert^2$)", "max_j ||u_j||^2"},
      {"max_abs_error", error, "", R"(largest error of an entry  $\max_{ij} |XW - X_q Q|_{ij}$)", "max_ij |u_ij|"},
      {"max_abs_error_reason", ColumnKind::word, "", "", "why max_abs_error is null"},
      {"direction_error", measured, "", R"(largest error in the direction $a$  $\max_j |\langle a, u_j\rangle|$)",
       "max_j |<a, u_j>|, a uniform on the unit sphere, drawn with X: one for all trials of the same X"},
      {"fresh_relative_squared_error", error, "", "relative squared error on fresh data  " + squared,
       "relative_squared_error on fresh rows"},
      {"bias_corrected_relative_squared_error", measured, "", "relative squared error with the best bias",
       "the bias takes out the mean error of every neuron on X"},
      {"bias_corrected_fresh_relative_squared_error", measured, "",
       "relative squared error with the best bias on fresh data", "the same bias, on fresh rows"},
      {"row_space_error", measured, "", "largest error at points of the row space",
       "max_j |z_j^T(w_j - q_j)|, z_j normal on the row space of X"}};
  const ColumnTable further = {
      {"weight_relative_squared_error", error, "",
       R"(relative squared error of the weights  $\Vert W - Q\Vert_F^2 \,/\, \Vert W\Vert_F^2$)",
       "||W - Q||_F^2 / ||W||_F^2"},
      {"alignment_residual", measured, "",
       R"(residual of the alignment  $\Vert XW - X_q \tilde{W}\Vert_F \,/\, \Vert XW\Vert_F$)",
       "||XW - XqW~||_F / ||XW||_F"},
      {"damping", measured, "", R"(damping $\lambda$ / mean $\Vert X_{q,t}\Vert^2$)",
       "lambda over the mean ||Xq_t||^2, of error feedback"},
      {"budget_alignment", measured, "", part + "alignment", "||Uhat||^2"},
      {"budget_rounding", measured, "", part + "rounding", "||V(C(c) - q)||^2"},
      {"budget_clipping", measured, "", part + "clipping", "||V(c - C(c))||^2"},
      {"budget_alignment_rounding", measured, "", part + "alignment with rounding", "twice their product"},
      {"budget_alignment_clipping", measured, "", part + "alignment with clipping", "twice their product"},
      {"budget_rounding_clipping", measured, "", part + "rounding with clipping", "twice their product"}};
  return alphabet_columns() + energy_columns(layer_symbols) + errors + variant_column() + decision_columns() + further;
}

const Registered<ExperimentEntry> registered({
    .description =
        {.name = "layer",
         .version = 1,
         .summary = "one layer: the error of a quantizer on X and W drawn anew in every trial",
         .formula = "relative_squared_error = ||XW - XqQ||_F^2 / ||XW||_F^2, U = XW - XqQ;\n"
                    "fresh rows are measured where inputs.fresh asks for them;\n"
                    "measure: max_abs_error: also where the shape lets path following do without U (the variant "
                    "gram, X == Xq); otherwise it is null there;\n"
                    "measure: error_budget: U = Uhat + V(C(c) - q) + V(c - C(c)), the squares of the shares "
                    "of alignment, rounding and clipping and twice their products: they add up to "
                    "error_energy. c are the arguments of the decisions, C(c) is c moved to the last threshold of "
                    "the alphabet where it lies beyond it (and clips), v_t = P_N ... P_{t+1} Xq_t the columns of V. "
                    "Of path following only;\n"
                    "measure: row_space_error: max_j |z_j^T(w_j - q_j)|, z_j normal on the row space of X, "
                    "where X == Xq",
         .hypotheses = "",
         .source = "every paper's setting for a single layer",
         .parameters = layer_input_shape() + layer_weight_shape()},
    .columns = layer_columns(),
    .prepare = prepare,
});

}  // namespace
}  // namespace pathquant
