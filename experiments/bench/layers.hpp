// Layers of the benchmarks: Gaussian inputs, Gaussian weights of standard deviation 0.1, and 15 levels (4 bits) up to 3
// standard deviations. Ternary and other alphabets take the same time.
#pragma once

#include "core/alphabet/alphabet.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/random/stream.hpp"

namespace pathquant::bench {

template <class S>
inline constexpr const char* precision_name = sizeof(S) == 4 ? "float32" : "float64";

inline Matrix<double> gaussian(const char* key, Index rows, Index columns) {
  Matrix<double> values(rows, columns);
  Stream(key).normals_of_rows(0, columns, rows, values.data());
  return values;
}

/// A layer. `mismatch` is the standard deviation of Xq - X; 0: X == Xq.
template <class S>
struct Layer {
  Matrix<S> inputs;
  std::optional<Matrix<S>> quantized_inputs;
  RowMatrix<S> weights;
  RowMatrix<S> rows;  ///< X row by row, for the yardstick
  Alphabet alphabet;

  explicit Layer(LayerShape shape, double mismatch = 0)
      : inputs(gaussian("bench/inputs", shape.samples, shape.width).template cast<S>()),
        weights((0.1 * gaussian("bench/weights", shape.neurons, shape.width)).template cast<S>().transpose()),
        rows(inputs),
        alphabet{Vector::Constant(shape.neurons, 0.3 / 7), 7} {
    if (mismatch > 0)
      quantized_inputs =
          inputs + (mismatch * gaussian("bench/mismatch", shape.samples, shape.width)).template cast<S>();
  }

  /// The layer problem, without cached results of X.
  LayerProblem<S> problem() const { return {inputs, quantized_inputs, weights}; }
};

}  // namespace pathquant::bench
