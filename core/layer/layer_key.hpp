// The identity of one layer's random numbers: seed, trial and layer, from which the key of every stream is made.
//
//   stream       text of the key                          what is drawn from it
//   inputs       seed=S/trial=T                           X (the distribution adds its own name), and its fresh rows
//   weights      seed=S/trial=T/layer=L                   W (the distribution adds its own name)
//   decisions    seed=S/trial=T/layer=L/decision          random rounding: row = feature, position = neuron
//   noise        seed=S/trial=T/mismatch                  Xq - X: row = feature, position = sample
//   direction    seed=S/trial=T/direction                 the direction from which errors are looked at
//   row_space    seed=S/trial=T/row_space                 points of the row space of X
//
// Width, samples, neurons, alphabet, step and quantizer are in no key: quantizers of a sweep see the same X and W, and
// a smaller layer is a corner of a larger one. The layers of a network differ in weights and decisions.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace pathquant {

struct LayerKey {
  std::uint64_t seed = 0;
  std::int64_t trial = 0;
  std::int64_t layer = 0;

  std::string inputs() const { return fmt::format("seed={}/trial={}", seed, trial); }
  std::string weights() const { return fmt::format("{}/layer={}", inputs(), layer); }
  std::string decisions() const { return weights() + "/decision"; }
  std::string noise() const { return noise_of(inputs()); }
  std::string direction() const { return inputs() + "/direction"; }
  std::string row_space() const { return inputs() + "/row_space"; }

  /// The noise of rows that are drawn from this key, as of fresh ones.
  static std::string noise_of(const std::string& rows) { return rows + "/mismatch"; }
};

}  // namespace pathquant
