// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/cli/output_files.hpp"
#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

// Reads back what it is about to write: Q must be there bit for bit.
template <class S>
Bytes checked_packed(const std::filesystem::path& file, const QuantizedLayer<S>& result) {
  Bytes bytes = format_packed(pack(result.weights, *result.planes));
  if (unpack(std::get<PackedLayer<S>>(parse_packed(bytes, file))) != result.weights)
    throw std::logic_error("what is read back of packed sign planes is not Q");
  return bytes;
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
  nlohmann::ordered_json report = judged(problem, named.quantizer->traits(), made,
                                         named.quantizer->cost(problem.shape(), problem.has_mismatch()), named);
  const Bytes packed = arguments.packed ? checked_packed(*arguments.packed, result) : Bytes();
  if (arguments.packed)
    report["packed_bits_per_weight"] =
        8 * static_cast<double>(packed.size()) / static_cast<double>(result.weights.size());
  write_atomically(arguments.output, format_npy_matrix<S>(result.weights.transpose()));
  if (arguments.packed) write_atomically(*arguments.packed, packed);
  if (arguments.report) write_atomically(*arguments.report, to_json(report) + "\n");
  return report;
}

}  // namespace

int quantize(const QuantizeArguments& arguments) {
  check_outputs({{"-o", arguments.output}, {"--packed", arguments.packed}, {"--report", arguments.report}},
                {{"--weights", arguments.weights},
                 {"--inputs", arguments.inputs},
                 {"--quantized-inputs", arguments.quantized_inputs}});
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = read_quantizer(arguments.quantizer, arguments.parameters, files);
  const nlohmann::ordered_json report =
      is_float32(named, files) ? run<float>(arguments, named, files) : run<double>(arguments, named, files);
  fmt::print("{}: Q of {} outputs x {} inputs\n", arguments.output.string(), report["neurons"].dump(),
             report["width"].dump());
  print_judgement(report);
  return all_good;
}

}  // namespace pathquant::cli
