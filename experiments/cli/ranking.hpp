// Where someone's Q stands among our quantizers at the same rate.
#pragma once

#include <nlohmann/json.hpp>

#include "core/alphabet/alphabet.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant::cli {

/// Every quantizer that needs no more than its standard parameters, on this layer: one with an alphabet on Q's own, and
/// on the one of the same kind and size whose step suits the weights best; one that finds its levels itself where its
/// rate is not above Q's. {"rank": 1 + how many of them are better, "of": their number + 1, "compared": [one row each,
/// the best first]}; an empty list where there is no X to compare on, or no rate.
template <class S>
nlohmann::ordered_json ranking(const LayerProblem<S>& problem, const Alphabet& alphabet, double relative_squared_error,
                               double rate);

void print_ranking(const nlohmann::ordered_json& ranking, double relative_squared_error);

}  // namespace pathquant::cli
