// Type of a plain (unquoted) scalar. It has fewer special forms than YAML 1.1, so that no text is read as something
// else.
#pragma once

#include <string>
#include <string_view>

#include "experiments/config/node.hpp"

namespace pathquant {

struct TypedScalar {
  Node::Kind kind = Node::Kind::scalar;  ///< or null
  Value value;
  std::string diagnostic;  ///< error message, or empty
};

/// null: nothing, `~`, `null`. bool: `true`, `false`. Integer: [+-]?digits. Real: digits with a point or an exponent.
/// Text: all else, including `yes`, `on`, `0x10` and `1_000`. Errors are a leading zero, a number out of its type's
/// range, infinities and NaN. The value is then the text itself, except after a leading zero, where it is the number.
TypedScalar type_plain_scalar(std::string_view text);

}  // namespace pathquant
