// Alphabet kinds given by a list of levels: the values of `alphabet.kind` other than the equispaced ones.
//
//   kind           levels in units of the step (core/alphabet/level_sets.hpp, distribution_levels.hpp)
//   list           alphabet.values
//   powers_of_two  0 and +-2^e, e < alphabet.exponents
//   n_hot          sums of at most alphabet.digits of them with different e; add_only: of one sign
//   integers       alphabet.lowest .. alphabet.highest
//   lloyd_max      the best alphabet.levels levels for the distribution alphabet.law of variance 1; without it, the
//                  best levels for the layer's own weights (core/alphabet/data_levels.hpp)
//   asymmetric     0 .. 2^bits - 1 less a zero point; each layer, neuron or group has its own step and zero point
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/distributions/scalar_distribution.hpp"
#include "core/parameters.hpp"

namespace pathquant {

/// Parameters of these kinds, and of rules that use a distribution: alphabet.values, .exponents, .digits, .add_only,
/// .lowest, .highest, .law, .degrees.
const ParameterTable& level_kind_parameters();

/// Throws std::invalid_argument when a parameter does not belong to the kind or is missing; the message states the
/// rule.
void check_level_kind(const Parameters& parameters);

/// Whether the kind is a list: everything but midtread, midrise and nested.
bool is_list_kind(const Parameters& parameters);

/// The distribution alphabet.law, if given. Throws std::invalid_argument where degrees are missing or misplaced.
std::optional<ScalarDistribution> law_of(const Parameters& parameters);

/// The levels of a list kind. `count` is the number of levels of lloyd_max and asymmetric. Empty where the levels
/// depend on the weights (lloyd_max without alphabet.law).
std::vector<double> listed_levels(const Parameters& parameters, std::int64_t count);

/// The best `count` levels for all weights, each divided by its step: the minimum of sum step^2 (w/step - l)^2. Fewer
/// where there are fewer different weights. Throws std::domain_error for fewer than two.
std::vector<double> levels_for_weights(const RowMatrix<double>& weights, const Alphabet& alphabet, std::int64_t count);

}  // namespace pathquant
