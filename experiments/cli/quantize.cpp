// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/data/data_error.hpp"
#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

struct QuantizeArguments {
  std::filesystem::path weights;
  std::optional<std::filesystem::path> inputs;
  std::optional<std::filesystem::path> quantized_inputs;
  std::string quantizer;
  std::vector<std::string> parameters;
  std::filesystem::path output;
  std::optional<std::filesystem::path> packed;
  std::optional<std::filesystem::path> report;
};

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

int quantize(const QuantizeArguments& arguments) {
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = read_quantizer(arguments.quantizer, parse_overrides(arguments.parameters), files);
  const nlohmann::ordered_json report =
      is_float32(named, files) ? run<float>(arguments, named, files) : run<double>(arguments, named, files);
  if (arguments.report) write_atomically(*arguments.report, to_json(report) + "\n");
  fmt::print("{}: Q of {} outputs x {} inputs\n", arguments.output.string(), report["neurons"].dump(),
             report["width"].dump());
  print_judgement(report);
  return all_good;
}

CommandEntry::Run set_up_quantize(CLI::App& parser) {
  const auto arguments = std::make_shared<QuantizeArguments>();
  parser.footer("W and Q are (outputs, inputs), X is (samples, inputs); each is float32 or float64.");
  parser.add_option("--weights", arguments->weights, "the weights W of the layer")->required()->type_name("W.npy");
  parser
      .add_option("--inputs", arguments->inputs, "the inputs X of the layer (default: none, for memoryless quantizers)")
      ->type_name("X.npy");
  parser
      .add_option("--quantized-inputs", arguments->quantized_inputs,
                  "the inputs Xq that the layer has in the quantized network (default: X)")
      ->type_name("Xq.npy");
  parser.add_option("--quantizer", arguments->quantizer, "the quantizer; runsweep list quantizers shows all")
      ->required()
      ->type_name("NAME");
  parser
      .add_option("parameters", arguments->parameters,
                  "parameters of the quantizer (alphabet.levels=17 alphabet.step=0.06), and precision= (default: that "
                  "of W), seed= (0), layer= (0), probability= (0.99)")
      ->type_name("key=value");
  parser.add_option("-o,--output", arguments->output, "write the quantized weights Q")->required()->type_name("Q.npy");
  parser
      .add_option("--packed", arguments->packed,
                  "also write Q as scaled sign planes, which runsweep unpack reads; for ls1, ls2, lst, gf and "
                  "alternating (default: not written)")
      ->type_name("Q.planes");
  parser.add_option("--report", arguments->report, "write all metrics and bounds (default: not written)")
      ->type_name("R.json");
  return [arguments](const auto&) { return quantize(*arguments); };
}

const Registered<CommandEntry> quantize_command(CommandEntry("quantize", "Quantizes one layer from NPY files",
                                                             set_up_quantize,
                                                             CommandEntry::RefusedPlugin::is_an_error));

}  // namespace
}  // namespace pathquant::cli
