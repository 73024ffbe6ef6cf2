// A Q that is there already, from an NPY file: someone else's result becomes a curve beside ours.
#include "core/alphabet/inferred.hpp"
#include "core/data/data_error.hpp"
#include "core/data/file_cache.hpp"
#include "core/data/in_precision.hpp"
#include "core/data/npy.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {
namespace file_quantizer {

/// The last 4 files read stay in memory for the life of the process.
std::shared_ptr<const RowMatrix<double>> load(const std::filesystem::path& file) {
  constexpr std::size_t kept_files = 4;
  static FileCache<RowMatrix<double>> cache(kept_files);
  return cache.get(file, [](const std::filesystem::path& path) { return read_npy_weights(path).values; });
}

class StoredQ final : public QuantizerTemplate<StoredQ> {
 public:
  explicit StoredQ(const Parameters& parameters) : file_(parameters.word("path")) { load(file_); }

  // Whoever made it may have looked at the inputs: no line about rounding weight by weight is meant.
  QuantizerTraits traits() const override { return {.own_levels = true}; }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    return static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }
  std::vector<std::filesystem::path> files() const override { return {file_}; }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    execution.poll();
    const auto q = load(file_);
    const auto [samples, width, neurons] = problem.shape();
    if (q->rows() != width || q->cols() != neurons)
      throw DataError(fmt::format("{} holds {} outputs x {} inputs, but the layer has {} x {}", file_.string(),
                                  q->cols(), q->rows(), neurons, width));
    QuantizedLayer<S> result;
    result.weights = in_precision<S>(*q, file_, FileOrder::transposed);
    result.alphabet = inferred_alphabet(result.weights.template cast<double>());
    return result;
  }

 private:
  std::filesystem::path file_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "file",
         .version = 1,
         .summary = "a Q that is there already, from a NumPy file",
         .formula =
             "Q = array^T, shape (outputs, inputs), float32 or float64. Its alphabet is read off its values: the "
             "smallest\nuniform one, of one step or of one for every neuron, that has all of them; otherwise "
             "their list",
         .hypotheses = "Q is of this layer: its file does not say which W and X it was made for",
         .source = "the user; numpy.save writes such files",
         .parameters = {file("path", "the .npy file, shape (outputs, inputs)").required()}},
    .make = [](const Parameters& parameters) { return std::make_unique<StoredQ>(parameters); },
});

}  // namespace file_quantizer
}  // namespace pathquant
