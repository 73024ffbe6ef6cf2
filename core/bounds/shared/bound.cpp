#include "core/bounds/shared/bound.hpp"

#include <stdexcept>

namespace pathquant {

std::string to_text(BoundKind kind) {
  switch (kind) {
    case BoundKind::upper:
      return "upper";
    case BoundKind::upper_mean:
      return "upper_mean";
    case BoundKind::prediction:
      return "prediction";
    case BoundKind::lower_mean:
      return "lower_mean";
    case BoundKind::decay:
      return "rate";
  }
  throw std::logic_error("unknown kind of line");
}

}  // namespace pathquant
