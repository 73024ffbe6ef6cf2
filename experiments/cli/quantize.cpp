// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/cli/output_files.hpp"
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

int quantize(const QuantizeArguments& arguments) {
  check_outputs({{"-o", arguments.output}, {"--packed", arguments.packed}, {"--report", arguments.report}},
                {{"--weights", arguments.weights},
                 {"--inputs", arguments.inputs},
                 {"--quantized-inputs", arguments.quantized_inputs}});
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = read_quantizer(arguments.quantizer, parse_overrides(arguments.parameters), files);
  const nlohmann::ordered_json report =
      is_float32(named, files) ? run<float>(arguments, named, files) : run<double>(arguments, named, files);
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
