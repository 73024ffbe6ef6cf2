// NPY inputs: X from a user's NumPy file.
#include "core/data/npy.hpp"
#include "core/data/file_cache.hpp"
#include "core/inputs/matrix_table.hpp"

namespace pathquant {

namespace npy_inputs {

/// Cache of the last 4 files read, for the lifetime of the process.
std::shared_ptr<const SampleTable> load(const std::filesystem::path& file) {
  constexpr std::size_t kept_files = 4;
  static FileCache<Matrix<double>> cache(kept_files);
  return std::make_shared<MatrixTable>(
      cache.get(file, [](const std::filesystem::path& path) { return read_npy_inputs(path).values; }));
}

std::unique_ptr<InputDistribution> make(const Parameters& parameters) {
  const std::filesystem::path file = parameters.word("path");
  return table_distribution({
      .name = "npy",
      .features = parameters.word("features"),
      .table = [file] { return load(file); },
      .files = [file] { return std::vector{file}; },
  });
}

const Registered<InputEntry> registered({
    .description =
        {
            .name = "npy",
            .summary = "the rows of a NumPy file of shape (samples, inputs)",
            .formula =
                "X_it = array[row_i, t], rows drawn without replacement, or all rows in the file's order. float32 or "
                "float64, C or Fortran order, also gzipped. All numbers must be finite.",
            .hypotheses = "nothing is known about the data, so no bound that needs independent columns applies",
            .source = "the user; numpy.save writes such files",
            .parameters = {file("path", "the .npy file, shape (samples, inputs)").required(), features_parameter()},
        },
    .dataset = true,
    .make = make,
});

}  // namespace npy_inputs

}  // namespace pathquant
