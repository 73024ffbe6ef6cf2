// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

template <class S>
nlohmann::ordered_json run(const QuantizeArguments& arguments, const NamedQuantizer& named, LayerFiles& files) {
  const LayerProblem<S> problem = files.problem<S>();
  const auto [result, alphabet] = quantized(named, problem);
  write_npy_weights(arguments.output, result.weights);
  return judged(problem, named.quantizer->traits(), alphabet, result,
                named.quantizer->cost(problem.shape(), problem.has_mismatch()), named);
}

}  // namespace

int quantize(const QuantizeArguments& arguments) {
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = read_quantizer(arguments.quantizer, arguments.parameters, files);
  const nlohmann::ordered_json report =
      is_single(named, files) ? run<float>(arguments, named, files) : run<double>(arguments, named, files);
  if (arguments.report) write_atomically(*arguments.report, to_json(report) + "\n");
  fmt::print("{}: Q of {} outputs x {} inputs\n", arguments.output.string(), report["neurons"].dump(),
             report["width"].dump());
  print_judgement(report);
  return all_good;
}

}  // namespace pathquant::cli
