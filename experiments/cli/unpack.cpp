// `unpack`: writes the Q of packed sign planes as NPY.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/data/npy.hpp"
#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/output_files.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

struct UnpackArguments {
  std::filesystem::path packed;
  std::filesystem::path output;
};

int unpack_layer(const UnpackArguments& arguments) {
  check_outputs({{"-o", arguments.output}}, {{"the packed file", arguments.packed}});
  std::visit(
      [&](const auto& layer) {
        const auto q = unpack(layer);
        write_atomically(arguments.output, format_npy_matrix<typename decltype(q)::Scalar>(q.transpose()));
        fmt::print("{}: Q of {} outputs x {} inputs in {}, from {} planes at {:.4g} bits a weight\n",
                   arguments.output.string(), layer.neurons(), layer.width(),
                   sizeof(layer.scaled.scales(0, 0)) == 4 ? "float32" : "float64", layer.planes.size(),
                   8 * static_cast<double>(std::filesystem::file_size(arguments.packed)) /
                       (static_cast<double>(layer.width()) * static_cast<double>(layer.neurons())));
      },
      read_packed(arguments.packed));
  return all_good;
}

CommandEntry::Run set_up_unpack(CLI::App& parser) {
  const auto arguments = std::make_shared<UnpackArguments>();
  parser.add_option("packed", arguments->packed, "sign planes from runsweep quantize --packed")
      ->required()
      ->type_name("Q.planes");
  parser.add_option("-o,--output", arguments->output, "write Q, (outputs, inputs)")->required()->type_name("Q.npy");
  return [arguments](const auto&) { return unpack_layer(*arguments); };
}

const Registered<CommandEntry> unpack_command(CommandEntry("unpack", "Writes the Q of packed sign planes as NPY",
                                                           set_up_unpack));

}  // namespace
}  // namespace pathquant::cli
