#include "core/quantizers/validated.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "core/sign_planes/plane_levels.hpp"

namespace pathquant {
namespace {

constexpr double rounding = 0x1p-21;  // a few units in the last place of single precision

bool is_near(double value, double level, double step) {
  return std::abs(value - level) <= rounding * std::max(std::abs(level), step);
}

bool is_level(double q, double step, double zero, const Alphabet& alphabet, const QuantizerTraits& traits) {
  if (alphabet.kind == AlphabetKind::list)
    return std::any_of(alphabet.values.begin(), alphabet.values.end(),
                       [&](double value) { return is_near(q, step * (value - zero), step * (1 + std::abs(zero))); });
  // A hard threshold moves the levels of either sign away from 0, which stays one.
  const double moved = traits.rounding == Rounding::hard ? traits.threshold : 0;
  if (moved > 0 && q == 0) return true;
  const double from = moved > 0 ? std::abs(q) - moved : q;
  const double offset = alphabet.kind == AlphabetKind::midrise ? 0.5 : 0;
  const double k = std::round(from / step - offset);
  if (!is_near(from, step * (k + offset), step) || (moved > 0 && k < 0)) return false;
  if (!alphabet.half_levels) return true;
  const auto half = static_cast<double>(*alphabet.half_levels);
  return k >= -half && k <= half - 2 * offset;
}

template <class S>
void check_alphabet(const RowMatrix<S>& q, const Alphabet& alphabet, const QuantizerTraits& traits) {
  if (alphabet.steps.size() != q.cols() || !(alphabet.steps.array() > 0).all())
    throw std::runtime_error("its alphabet has no step > 0 for every neuron");
  if (alphabet.kind == AlphabetKind::list && alphabet.values.size() < 2)
    throw std::runtime_error("its alphabet lists fewer than two levels");
  for (Index t = 0; t < q.rows(); ++t)
    for (Index j = 0; j < q.cols(); ++j)
      if (!is_level(static_cast<double>(q(t, j)), alphabet.step(t, j), alphabet.zero(t, j), alphabet, traits))
        throw std::runtime_error(
            fmt::format("Q has {} for feature {} of neuron {}, which is no level of its alphabet", q(t, j), t, j));
}

template <class S>
void check_planes(const RowMatrix<S>& q, const ScaledPlanes<S>& planes) {
  const auto& blocks = planes.blocks;
  if (blocks.width != q.rows() || blocks.neurons != q.cols() || planes.scales.cols() != blocks.count())
    throw std::runtime_error("its planes are of another layer");
  std::vector<S> levels;
  read_blocks<S>(q, blocks, [&](Index block, std::span<const S> values) {
    levels.resize(values.size());
    round_to_planes(values, planes.of(block), levels.data());
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!is_near(static_cast<double>(values[i]), static_cast<double>(levels[i]), 0))
        throw std::runtime_error(
            fmt::format("Q has {} in block {}, which is no level of its planes", values[i], block));
  });
}

template <class S>
void check(const QuantizedLayer<S>& result, LayerShape shape, const Alphabet& alphabet, const QuantizerTraits& traits) {
  const RowMatrix<S>& q = result.weights;
  if (q.rows() != shape.width || q.cols() != shape.neurons)
    throw std::runtime_error(fmt::format("Q has {} features x {} neurons where the layer has {} x {}", q.rows(),
                                         q.cols(), shape.width, shape.neurons));
  if (!q.allFinite()) throw std::runtime_error("Q has a NaN or an infinity");
  if (result.clipped < 0) throw std::runtime_error(fmt::format("{} decisions were clipped", result.clipped));
  if (traits.own_levels && !result.planes && !result.alphabet)
    throw std::runtime_error("it finds its levels itself, and gives neither planes nor an alphabet");
  if (traits.own_levels && result.planes)
    check_planes(q, *result.planes);
  else
    check_alphabet(q, traits.own_levels ? *result.alphabet : alphabet, traits);
}

class Validated final : public Quantizer {
 public:
  Validated(std::unique_ptr<Quantizer> quantizer, std::string title)
      : quantizer_(std::move(quantizer)), title_(std::move(title)) {}

  QuantizerTraits traits() const override { return quantizer_->traits(); }
  CalibrationNeed needs() const override { return quantizer_->needs(); }
  std::optional<std::string> declines(const LayerProblem<float>& problem) const override {
    return named([&] { return quantizer_->declines(problem); });
  }
  std::optional<std::string> declines(const LayerProblem<double>& problem) const override {
    return named([&] { return quantizer_->declines(problem); });
  }
  QuantizedLayer<float> quantize(const LayerProblem<float>& problem, const Alphabet& alphabet, const Stream& decisions,
                                 const ExecutionContext& execution) const override {
    return quantized(problem, alphabet, decisions, execution);
  }
  QuantizedLayer<double> quantize(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                  const Stream& decisions, const ExecutionContext& execution) const override {
    return quantized(problem, alphabet, decisions, execution);
  }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<float>& problem, const Alphabet& alphabet,
                                                  double probability,
                                                  const ExecutionContext& execution) const override {
    return named([&] { return quantizer_->no_clip_half_levels(problem, alphabet, probability, execution); });
  }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                                  double probability,
                                                  const ExecutionContext& execution) const override {
    return named([&] { return quantizer_->no_clip_half_levels(problem, alphabet, probability, execution); });
  }
  // Work is sorted by it.
  double cost(LayerShape shape, bool mismatch) const override {
    const double cost = quantizer_->cost(shape, mismatch);
    return std::isfinite(cost) && cost > 0 ? cost : 1;
  }
  std::vector<std::filesystem::path> files() const override { return quantizer_->files(); }

 private:
  template <class S>
  QuantizedLayer<S> quantized(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                              const ExecutionContext& execution) const {
    return named([&] {
      QuantizedLayer<S> result = quantizer_->quantize(problem, alphabet, decisions, execution);
      check(result, problem.shape(), alphabet, quantizer_->traits());
      return result;
    });
  }

  template <class Do>
  auto named(Do what) const -> decltype(what()) {
    try {
      return what();
    } catch (const Stopped&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw UntrustedFault(title_ + ": not enough memory");
    } catch (const std::exception& error) {
      throw UntrustedFault(fmt::format("{}: {}", title_, error.what()));
    } catch (...) {
      throw UntrustedFault(title_ + ": an exception that is no std::exception");
    }
  }

  std::unique_ptr<Quantizer> quantizer_;
  std::string title_;
};

}  // namespace

bool is_untrusted(const QuantizerEntry& entry) {
  return entry.untrusted || entry.description.plugin != nullptr;
}

std::unique_ptr<Quantizer> make_quantizer(const QuantizerEntry& entry, const Parameters& parameters) {
  std::unique_ptr<Quantizer> quantizer = entry.make(parameters);
  if (!is_untrusted(entry)) return quantizer;
  const Description& description = entry.description;
  const std::string from = description.plugin ? description.plugin->title() + ": " : "";
  if (quantizer == nullptr) throw UntrustedFault(from + description.name + " makes no quantizer");
  return std::make_unique<Validated>(std::move(quantizer), from + description.name);
}

}  // namespace pathquant
