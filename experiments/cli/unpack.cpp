// `unpack`: Q again from its packed sign planes.
#include <fmt/format.h>

#include "core/data/npy.hpp"
#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/output_files.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {

int unpack_layer(const std::filesystem::path& packed, const std::filesystem::path& output) {
  check_outputs({{"-o", output}}, {{"the packed file", packed}});
  std::visit(
      [&](const auto& layer) {
        const auto q = unpack(layer);
        write_atomically(output, format_npy_matrix<typename decltype(q)::Scalar>(q.transpose()));
        fmt::print("{}: Q of {} outputs x {} inputs in {}, from {} planes at {:.4g} bits a weight\n", output.string(),
                   layer.neurons(), layer.width(), sizeof(layer.scaled.scales(0, 0)) == 4 ? "float32" : "float64",
                   layer.planes.size(),
                   8 * static_cast<double>(std::filesystem::file_size(packed)) /
                       (static_cast<double>(layer.width()) * static_cast<double>(layer.neurons())));
      },
      read_packed(packed));
  return all_good;
}

}  // namespace pathquant::cli
