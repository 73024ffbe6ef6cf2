// The error of memoryless quantization on any data, with certainty.
//
//   symbol   meaning
//   U        XW - XqQ
//   ||.||_op largest singular value
//
// U = (X - Xq) W + Xq (W - Q), and ||Xq (W - Q)||_F <= ||Xq||_op ||W - Q||_F, where ||Xq||_op <= ||Xq||_F.
#include <algorithm>
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace msq_deterministic_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = some_inputs(facts)) return *failure;
  double squared_norm = facts.statistics.input_energy;
  if (const auto& path = facts.statistics.path)
    squared_norm = std::min(squared_norm, path->input_spectrum.size() > 0 ? path->input_spectrum.maxCoeff() : 0.0);
  const double root =
      std::sqrt(squared_norm * facts.statistics.weight_error_energy) + std::sqrt(facts.statistics.drift_energy);
  return root * root;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "msq_deterministic",
         .version = 1,
         .summary = "bound on the error energy of rounding each weight by itself on any data, with certainty",
         .formula = "||U||_F <= ||(X - Xq)W||_F + ||Xq||_op ||W - Q||_F   (||Xq||_F where the spectrum is not there)",
         .hypotheses = wording::sentences(
             {"Any X, Xq, W and levels, of groups and of the quantizer's own too, clipped or not. Attained where the neurons' errors lie along the leading "
              "direction of Xq, so a comparison needs a tolerance fit for the precision. A safety net: errors spread "
              "over all directions cost ||Xq||_F^2/N instead of ||Xq||_op^2.",
              wording::certificate, wording::calibration_only}),
         .source = "derived: the norm of a product"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .improved_by_path_covariance = true,
    .concerns = is_memoryless,
    .evaluate = evaluate,
});

}  // namespace msq_deterministic_line
}  // namespace pathquant
