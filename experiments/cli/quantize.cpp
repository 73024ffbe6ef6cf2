// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include "core/data/data_error.hpp"
#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

// Reads back what it wrote: Q must be there bit for bit.
template <class S>
void write_and_check_packed(const std::filesystem::path& file, const QuantizedLayer<S>& result) {
  write_packed(file, pack(result.weights, *result.planes));
  if (unpack(std::get<PackedLayer<S>>(read_packed(file))) != result.weights)
    throw DataError(fmt::format("{}: what was read back is not Q: is the disk all right?", file.string()));
}

template <class S>
nlohmann::ordered_json run(const QuantizeArguments& arguments, const NamedQuantizer& named, LayerFiles& files) {
  const LayerProblem<S> problem = files.problem<S>();
  const LayerQ<S> made = quantized(named, problem);
  const QuantizedLayer<S>& result = made.layer;
  if (arguments.packed && !result.planes)
    throw UsageError(
        fmt::format("--packed stores scaled sign planes, which {} does not make: ls1, ls2, lst, gf and "
                    "alternating do",
                    arguments.quantizer));
  write_npy_weights(arguments.output, result.weights);
  if (arguments.packed) write_and_check_packed(*arguments.packed, result);
  nlohmann::ordered_json report = judged(problem, named.quantizer->traits(), made,
                                         named.quantizer->cost(problem.shape(), problem.has_mismatch()), named);
  if (arguments.packed)
    report["packed_bits_per_weight"] = 8 * static_cast<double>(std::filesystem::file_size(*arguments.packed)) /
                                       static_cast<double>(result.weights.size());
  return report;
}

}  // namespace

int quantize(const QuantizeArguments& arguments) {
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = read_quantizer(arguments.quantizer, arguments.parameters, files);
  const nlohmann::ordered_json report =
      is_float32(named, files) ? run<float>(arguments, named, files) : run<double>(arguments, named, files);
  if (arguments.report) write_atomically(*arguments.report, to_json(report) + "\n");
  fmt::print("{}: Q of {} outputs x {} inputs\n", arguments.output.string(), report["neurons"].dump(),
             report["width"].dump());
  print_judgement(report);
  return all_good;
}

}  // namespace pathquant::cli
