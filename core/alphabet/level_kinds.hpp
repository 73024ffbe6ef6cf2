// The kinds of alphabets that are lists of levels: what `alphabet.kind` names beside the equispaced ones.
//
//   kind           levels in units of the step (core/alphabet/level_sets.hpp, distribution_levels.hpp)
//   list           alphabet.values
//   powers_of_two  0 and +-2^e, e < alphabet.exponents
//   n_hot          sums of at most alphabet.digits of them with different e; add_only: of one sign
//   integers       alphabet.lowest .. alphabet.highest
//   lloyd_max      the best alphabet.levels levels for numbers of alphabet.law of variance 1; without a law those for
//                  the layer's own weights (core/alphabet/data_levels.hpp), which are found when these are there
//   asymmetric     0 .. 2^bits - 1 less a zero point that each layer, neuron or group finds with its step
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/distributions/scalar_distribution.hpp"
#include "core/parameters.hpp"

namespace pathquant {

/// Those that only these kinds, or rules about a law, have: alphabet.values, .exponents, .digits, .add_only, .lowest,
/// .highest, .law, .degrees.
const ParameterTable& level_kind_parameters();

/// Throws std::invalid_argument when a parameter does not go with the kind, or one is missing; the text is the rule.
void check_level_kind(const Parameters& parameters);

/// Whether the kind is a list: everything but midtread, midrise and nested.
bool is_list_kind(const Parameters& parameters);

/// alphabet.law; absent where there is none. Throws std::invalid_argument where degrees are missing or out of place.
std::optional<ScalarDistribution> law_of(const Parameters& parameters);

/// The levels of a list kind. `count` is how many lloyd_max and asymmetric have. Empty where the weights decide
/// (lloyd_max without a law).
std::vector<double> listed_levels(const Parameters& parameters, std::int64_t count);

/// The best `count` levels for all weights with each divided by its step, which then share them: sum step^2 (w/step -
/// l)^2 is least. As many as there are different ones, if those are fewer. Throws std::domain_error when there are
/// fewer than two.
std::vector<double> levels_for_weights(const RowMatrix<double>& weights, const Alphabet& alphabet, std::int64_t count);

}  // namespace pathquant
