// `unpack`: Q again from its packed sign planes.
#include <fmt/format.h>

#include "core/data/npy.hpp"
#include "core/data/packed_file.hpp"
#include "experiments/cli/commands.hpp"

namespace pathquant::cli {

int unpack_layer(const std::filesystem::path& packed, const std::filesystem::path& output) {
  std::visit(
      [&](const auto& layer) {
        write_npy_weights(output, unpack(layer));
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
