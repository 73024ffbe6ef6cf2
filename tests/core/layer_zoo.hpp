// Small layers with known answers, and random layers, for every test that needs a problem.
#pragma once

#include <cmath>
#include <string>

#include "core/alphabet/alphabet.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/random/stream.hpp"

namespace pathquant::zoo {

inline Matrix<double> gaussian_inputs(const std::string& key, Index samples, Index width) {
  Matrix<double> inputs(samples, width);
  const Stream stream(key + "/inputs");
  for (Index t = 0; t < width; ++t) stream.normals(t, 0, samples, inputs.col(t).data());
  return inputs;
}

/// Uniform on [-limit, limit].
inline RowMatrix<double> uniform_weights(const std::string& key, Index width, Index neurons, double limit) {
  RowMatrix<double> weights(width, neurons);
  const Stream stream(key + "/weights");
  for (Index t = 0; t < width; ++t) stream.uniforms(t, 0, neurons, weights.row(t).data());
  return (weights.array() * (2 * limit) - limit).matrix();
}

inline LayerProblem<double> gaussian_layer(const std::string& key, LayerShape shape, double limit = 1.0) {
  return LayerProblem<double>(gaussian_inputs(key, shape.samples, shape.width), std::nullopt,
                              uniform_weights(key, shape.width, shape.neurons, limit));
}

/// Xq = X + noise, independent standard normals times `noise`.
inline LayerProblem<double> mismatched_layer(const std::string& key, LayerShape shape, double noise) {
  Matrix<double> inputs = gaussian_inputs(key, shape.samples, shape.width);
  Matrix<double> quantized = inputs + noise * gaussian_inputs(key + "/noise", shape.samples, shape.width);
  return LayerProblem<double>(std::move(inputs), std::move(quantized),
                              uniform_weights(key, shape.width, shape.neurons, 1.0));
}

template <class S>
LayerProblem<S> cast(const LayerProblem<double>& problem) {
  std::optional<Matrix<S>> quantized;
  if (problem.has_mismatch()) quantized = problem.quantized_inputs().cast<S>();
  return LayerProblem<S>(problem.inputs().cast<S>(), std::move(quantized), problem.weights().cast<S>());
}

inline Alphabet infinite_alphabet(Index neurons, double step) {
  return {Vector::Constant(neurons, step), std::nullopt};
}

inline Alphabet finite_alphabet(Index neurons, double step, std::int64_t half_levels) {
  return {Vector::Constant(neurons, step), half_levels};
}

}  // namespace pathquant::zoo
