// The parameters that quantizers by error feedback share.
#pragma once

#include "core/parameters.hpp"

namespace pathquant {

/// `damping`, with this default.
inline ParameterTable damping_parameters(double standard) {
  return {real("damping",
               "lambda over the mean of the live ||Xq_t||^2; where Xq^T Xq + lambda I is singular all the same, it "
               "grows tenfold (from 1e-6 on) until it is not, and the record says what it was")
              .at_least(0)
              .at_most(1e6)
              .defaults_to(standard)};
}

}  // namespace pathquant
