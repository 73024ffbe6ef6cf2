// The cost experiment: what quantizing a layer takes, against its width, samples, neurons and bits.
//
// Times are measurements of this machine at that moment: of all columns of the records only cpu_seconds, what is
// derived from it, repetitions and memory are not the same bytes when they are measured again.
#include <fmt/format.h>

#include "experiments/config/config.hpp"
#include "experiments/kinds/cost/cost_cell.hpp"
#include "experiments/measure/layer_reader.hpp"
#include "experiments/measure/shared_columns.hpp"
#include "experiments/measure/unavailable_cell.hpp"

namespace pathquant {
namespace {

// What would be measured wrongly, as the text of a diagnostic about a section.
std::optional<std::pair<const char*, std::string>> why_not_measured(const LayerSetup& setup, const Node& quantizer) {
  if (setup.inputs.fresh > 0) return {{"inputs", "the cost experiment has no fresh rows: leave fresh out"}};
  if (setup.inputs.streamed())
    return {
        {"inputs", fmt::format("the cost experiment measures layers that are held: width at most {}", widest_held)}};
  const std::string name = to_text(quantizer.find("name")->value);
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  if (entry.untrusted && !entry.description.plugin)
    return {{"quantizer",
             fmt::format("quantizer '{}' runs another program, whose time and memory are not seen here", name)}};
  return std::nullopt;
}

std::shared_ptr<const Cell> prepare(const CellRequest& request, Diagnostics& diagnostics) {
  if (const std::string reason = why_unavailable(request.tree); !reason.empty())
    return make_unavailable_cell(request, reason);
  std::optional<LayerSetup> setup = read_layer(request, {}, diagnostics);
  if (!setup) return nullptr;
  if (const auto why = why_not_measured(*setup, *request.tree.find("quantizer"))) {
    diagnostics.push_back({request.tree.find(why->first)->at, why->second});
    return nullptr;
  }
  setup->identity["experiment"] = "cost/2";
  return make_cost_cell(*std::move(setup));
}

ColumnTable cost_columns() {
  const ColumnTable alphabet = selected(alphabet_columns(), {"levels", "bits", "step", "rate"});
  ColumnTable errors = selected(energy_columns(layer_symbols), {"relative_error", "relative_squared_error"});
  errors.front().kind = ColumnKind::measured;  // one error is enough to set beside a cost
  const ColumnTable costs = {
      {"weights", ColumnKind::measured, "count", "weights $N P$", "N P"},
      {"repetitions", ColumnKind::measured, "count", "repetitions", "whose median cpu_seconds is"},
      {"cpu_seconds", ColumnKind::cost, "s", "processor time of one thread", "from X, Xq and W to Q"},
      {"nanoseconds_per_weight", ColumnKind::measured, "ns", "processor time for each weight",
       "1e9 cpu_seconds / weights"},
      {"nanoseconds_per_weight_sample", ColumnKind::measured, "ns", "processor time for each weight and sample",
       "nanoseconds_per_weight / m"},
      {"memory", ColumnKind::cost, "bytes", "memory beyond $X$ and $W$, $Q$ included",
       "by which the process grows at most"}};
  return alphabet + errors + variant_column() + costs;
}

const Registered<ExperimentEntry> registered({
    .description =
        {.name = "cost",
         .version = 1,
         .summary = "one layer: the time and the memory that a quantizer takes, beside its error",
         .formula =
             "cpu_seconds: processor time of one thread from X, Xq and W to Q, the median of `repetitions` (3 or more, "
             "20 ms or more together); what is computed once for X (norms, packing, inner products of features) is "
             "counted, drawing X and W and choosing the step are not; a memoryless quantizer is given no X;\n"
             "nanoseconds_per_weight = 1e9 cpu_seconds / weights, weights = N P;\n"
             "nanoseconds_per_weight_sample = nanoseconds_per_weight / m: level where the cost of a weight is O(m);\n"
             "memory: bytes by which the process grows at most meanwhile, Q included, X, Xq and W not: in pages of 4 "
             "KiB for blocks of 16 KiB or more, so it is coarse for layers of less than some 100 KiB; null with "
             "--in-process, where the process is not the task's own;\n"
             "relative_squared_error = ||XW - XqQ||_F^2 / ||XW||_F^2",
         .hypotheses = "times are of this machine as it is then, and not the same bytes in another run, as all other "
                       "columns but memory are; run such a sweep with -j 1 and nothing beside it",
         .source = "the recurrence of path following takes O(m) for each weight: Lybrand & Saab 2020, arXiv 2010.15979",
         .parameters = layer_input_shape() + layer_weight_shape()},
    .columns = cost_columns(),
    .prepare = prepare,
});

}  // namespace
}  // namespace pathquant
