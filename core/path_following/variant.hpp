// Which form of path following a layer is followed by. It is a function of the layer's shape and of what is wanted, and
// of nothing that differs between runs or machines, so a record's bits do not depend on where it was made.
//
//   variant        multiply-adds, in units of m N P                where it is chosen
//   single_neuron  3, in one neuron's time                         P <= 4, X == Xq: blocks would be mostly empty
//   gram           X == Xq: N/(2P) + N/(2m);  X != Xq: N/P + N/m   no state wanted, and cheaper than blocked
//   blocked        X == Xq: 2;  X != Xq: 3                         otherwise
//
// Source: derived; the limits are measured.
#pragma once

#include "core/types.hpp"

namespace pathquant {

enum class PathVariant {
  single_neuron,  ///< core/kernels/single_neuron_kernels.hpp
  blocked,        ///< core/path_following/blocked.hpp
  gram,           ///< core/path_following/gram.hpp
};
const char* to_text(PathVariant variant);

/// What a caller wants of a layer, apart from Q.
struct PathOptions {
  bool state = false;         ///< U, or it starts from a state
  bool natural_order = true;  ///< features are visited as they come
};

PathVariant choose_path(LayerShape shape, bool mismatch, PathOptions options);

}  // namespace pathquant
