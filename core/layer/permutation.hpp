// Permutation: the order in which path following processes the input features.
//
//   natural          1, 2, .., N
//   decreasing_norm  ||Xq_t|| descending, equal ones in natural order: what large columns leave over is absorbed by
//                    small ones, not the other way round
//
// Everything that depends on the order (S, the alignment) is that of the columns so arranged; the order looks at Xq, so
// nothing that is known of independent columns in a fixed order may be said of it.
// Source: the activation order of GPTQ's and Brevitas' codes, for the diagonal of Xq^T Xq.
#pragma once

#include <vector>

#include "core/layer/layer_problem.hpp"
#include "core/parameters.hpp"

namespace pathquant {

enum class FeatureOrder { natural, decreasing_norm };

/// The parameter `order`.
const ParameterTable& order_parameters();
FeatureOrder order_from(const Parameters& parameters);

/// The features in processing order: a permutation of 0 .. N-1.
template <class S>
std::vector<Index> permutation(FeatureOrder order, const std::vector<S>& squared_norms);

/// The layer with its features as they are visited: path following in natural order does to it what it does to
/// `problem` in this order.
template <class S>
LayerProblem<S> permuted_problem(FeatureOrder order, const LayerProblem<S>& problem);

/// Xq with its columns as they are visited: what the S of that order is made of.
template <class S>
Matrix<double> permuted_columns(FeatureOrder order, const LayerProblem<S>& problem);

extern template std::vector<Index> permutation(FeatureOrder, const std::vector<float>&);
extern template std::vector<Index> permutation(FeatureOrder, const std::vector<double>&);
extern template LayerProblem<float> permuted_problem(FeatureOrder, const LayerProblem<float>&);
extern template LayerProblem<double> permuted_problem(FeatureOrder, const LayerProblem<double>&);
extern template Matrix<double> permuted_columns(FeatureOrder, const LayerProblem<float>&);
extern template Matrix<double> permuted_columns(FeatureOrder, const LayerProblem<double>&);

}  // namespace pathquant
