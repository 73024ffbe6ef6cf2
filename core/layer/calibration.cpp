#include "core/layer/calibration.hpp"

#include <limits>
#include <stdexcept>

namespace pathquant {

// A column of zeros is dead. One that is not, but whose squared norm is below the normal numbers, would be projected on
// with few or no correct digits, and every bound on the rounding error would be void.
template <class S>
void require_normal(S squared_norm, bool dead) {
  if (squared_norm > 1 / std::numeric_limits<S>::min())  // its inverse is wanted with all its digits
    throw std::invalid_argument("the squared norm of a column of X overflows, or nearly: scale the inputs down");
  if (!dead && squared_norm < std::numeric_limits<S>::min())
    throw std::invalid_argument("the squared norm of a column of X underflows: scale the inputs up");
}

template void require_normal(float, bool);
template void require_normal(double, bool);

}  // namespace pathquant
