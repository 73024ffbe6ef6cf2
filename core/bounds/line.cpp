#include "core/bounds/line.hpp"

#include <stdexcept>

namespace pathquant {

std::string to_text(LineKind kind) {
  switch (kind) {
    case LineKind::upper:
      return "upper";
    case LineKind::upper_mean:
      return "upper_mean";
    case LineKind::prediction:
      return "prediction";
    case LineKind::lower_mean:
      return "lower_mean";
    case LineKind::rate:
      return "rate";
  }
  throw std::logic_error("unknown kind of line");
}

}  // namespace pathquant
