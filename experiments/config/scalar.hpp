// The type of a plain (unquoted) scalar: fewer meanings than YAML 1.1, so that nothing is read as what it does not look
// like.
#pragma once

#include <string>
#include <string_view>

#include "experiments/config/node.hpp"

namespace pathquant {

struct TypedScalar {
  Node::Kind kind = Node::Kind::scalar;  ///< or null
  Value value;
  std::string diagnostic;  ///< what is wrong with it, or empty
};

/// null: nothing, `~`, `null`. bool: `true`, `false`. Integer: [+-]?digits. Real: digits with a point or an exponent.
/// Text: all else, `yes`, `on`, `0x10` and `1_000` included. Invalid of: a leading zero, a number beyond its type's
/// range, infinities and NaN; the value is then the text itself, except after a leading zero, where it is the number.
TypedScalar type_plain_scalar(std::string_view text);

}  // namespace pathquant
