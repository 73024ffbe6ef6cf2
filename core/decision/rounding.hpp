// Rounding kinds: the ways to map an argument to a level.
#pragma once

namespace pathquant {

/// How one argument is mapped to a level. It determines which bounds apply to a quantizer.
enum class Rounding {
  nearest,
  soft,        ///< nearest after shrinking the argument by a threshold: level 0 takes all |c| < threshold + step/2
  hard,        ///< 0 within the threshold, otherwise threshold + k step: the levels are {0} and +-(threshold + k step)
  stochastic,  ///< one of the two neighbours, at random, without bias
  logistic,    ///< the nearest after adding logistic noise: at random, with bias and without a largest error
};

}  // namespace pathquant
