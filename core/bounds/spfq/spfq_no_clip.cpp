// The bounds on the number of levels that SPFQ uses (S8): statement and proof in
// core/path_following/no_clip_levels.hpp.
#include <fmt/format.h>

#include <stdexcept>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"
#include "core/path_following/no_clip_levels.hpp"

namespace pathquant {

namespace spfq_no_clip_line {

// K of this layer; needs the path growth.
BoundValue half_levels(const LayerFacts& facts, double eta) {
  try {
    return static_cast<double>(spfq_no_clip_half_levels(facts.statistics.largest_aligned_weights, facts.alphabet.steps,
                                                        facts.statistics.growth->largest, facts.shape.width, eta,
                                                        facts.alphabet.kind));
  } catch (const std::domain_error& error) {
    return NotApplicable{error.what()};
  }
}

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts)})) return *failure;
  if (!facts.alphabet.half_levels) return NotApplicable{"the alphabet is infinite: there is nothing to clip"};
  const BoundValue enough = half_levels(facts, eta);
  if (std::holds_alternative<NotApplicable>(enough)) return enough;
  if (static_cast<double>(*facts.alphabet.half_levels) >= std::get<double>(enough)) return 0.0;
  return NotApplicable{fmt::format("the alphabet has K = {}, and K = {} is what makes sure that nothing clips",
                                   *facts.alphabet.half_levels, std::get<double>(enough))};
}

// The same number from the other side: how many levels the run with the infinite alphabet uses.
BoundValue evaluate_levels(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), nothing_clipped(facts)}))
    return *failure;
  const BoundValue enough = half_levels(facts, eta);
  if (std::holds_alternative<NotApplicable>(enough)) return enough;
  return 2 * std::get<double>(enough) + (facts.alphabet.kind == AlphabetKind::midtread ? 1 : 0);
}

const Registered<BoundEntry> levels_registered({
    .description =
        {.name = "spfq_levels",
         .version = 1,
         .summary = "bound on the number of levels that SPFQ uses (S8)",
         .formula = "max_tj |q_tj|/delta_j <= K,  K as in spfq_no_clip: 2K + 1 levels (mid-tread), 2K (mid-rise)",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; equispaced levels; draws independent of X, Xq and W and of other layers' draws; "
              "nothing clips.",
              wording::joint_event,
              "With columns of one size K grows as sqrt(log(N P)) steps: bits as (1/2) log2 log(N P), which is the log "
              "log N of the paper.",
              wording::certificate}),
         .source = "theory, S8: a decision is one of the two neighbours of its argument, so the levels reach as far as "
                   "the arguments; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::levels_used,
    .needs_path_growth = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate_levels,
});

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_no_clip",
         .version = 1,
         .summary = "the number of levels with which SPFQ clips nothing (S8)",
         .formula =
             "no decision clips where K >= max_tj |w~_tj|/delta_j + max_t g_t/2 sqrt(2 log(2 N P/eta)) (mid-tread; K "
             "- 1/2 mid-rise),\n"
             "g_t = (Xq_t^T S_{t-1} Xq_t)^{1/2}/||Xq_t||^2,  S_t = P_t S_{t-1} P_t + Xq_t Xq_t^T",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; equispaced levels, as many as that; draws independent of X, Xq and W and of other "
              "layers' draws. The line bounds the number of clipped decisions by 0.",
              "A run that clips nothing is that of the infinite alphabet, so the other lines are said of it with their "
              "own failure probability; K may look at X, Xq and W as long as the step does not look at X.",
              "It asks for 1 to 1.5 bits more than runs need. Columns much smaller than those before them make g_t, "
              "and so K, large.",
              wording::certificate}),
         .source = "theory, S8 in its sharper form: S0 makes <Xq_t, u~_{t-1}> sub-Gaussian with proxy delta_j^2/4 "
                   "Xq_t^T S_{t-1} Xq_t; union over the N P decisions; cf. the log log N bits of arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::clipped,
    .needs_path_growth = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_no_clip_line
}  // namespace pathquant
