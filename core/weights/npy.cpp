// NPY weights: W from a user's NumPy file.
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "core/data/file_cache.hpp"
#include "core/data/npy.hpp"
#include "core/weights/weight_distribution.hpp"

namespace pathquant {

namespace {

/// Cache of the last 4 files read, for the lifetime of the process.
std::shared_ptr<const RowMatrix<double>> load(const std::filesystem::path& file) {
  constexpr std::size_t kept_files = 4;
  static FileCache<RowMatrix<double>> cache(kept_files);
  return cache.get(file, [](const std::filesystem::path& path) { return read_npy_weights(path).values; });
}

class FromFile : public WeightDistribution {
 public:
  explicit FromFile(std::filesystem::path file) : file_(std::move(file)) {}

  bool random() const override { return false; }
  std::optional<Index> fixed_width() const override { return load(file_)->rows(); }
  std::optional<Index> fixed_neurons() const override { return load(file_)->cols(); }
  std::vector<std::filesystem::path> files() const override { return {file_}; }
  RowMatrix<double> draw(const std::string&, Index width, Index neurons) const override {
    const auto weights = load(file_);
    if (width != weights->rows())
      throw std::invalid_argument(
          fmt::format("width must be {}, the inputs of {}, not {}", weights->rows(), file_.string(), width));
    if (neurons != weights->cols())
      throw std::invalid_argument(
          fmt::format("neurons must be {}, the outputs of {}, not {}", weights->cols(), file_.string(), neurons));
    return *weights;
  }

 private:
  std::filesystem::path file_;
};

const Registered<WeightEntry> registered({
    .description =
        {
            .name = "npy",
            .summary = "the weights of a NumPy file of shape (outputs, inputs)",
            .formula =
                "W_tj = array[j, t]: width and neurons are the file's. float32 or float64, C or Fortran order, also "
                "gzipped. All numbers must be finite.",
            .hypotheses = "",
            .source = "the user; a PyTorch Linear layer's weight.numpy(), saved by numpy.save, is such a file",
            .parameters = {file("path", "the .npy file, shape (outputs, inputs)").required()},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<FromFile>(parameters.word("path")); },
});

}  // namespace

}  // namespace pathquant
