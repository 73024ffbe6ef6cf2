#include "core/layer/permutation.hpp"

#include <algorithm>
#include <numeric>

#include "core/layer/gram_calibration.hpp"

namespace pathquant {

const ParameterTable& order_parameters() {
  static const ParameterTable table = {
      word("order", {"natural", "decreasing_norm"},
           "of the input features: as they come, or by decreasing norm of the columns of Xq (Q keeps its rows)")
          .defaults_to("natural")};
  return table;
}

FeatureOrder order_from(const Parameters& parameters) {
  return parameters.is("order", "decreasing_norm") ? FeatureOrder::decreasing_norm : FeatureOrder::natural;
}

template <class S>
std::vector<Index> permutation(FeatureOrder order, const std::vector<S>& squared_norms) {
  std::vector<Index> features(squared_norms.size());
  std::iota(features.begin(), features.end(), Index{0});
  if (order == FeatureOrder::decreasing_norm)
    std::stable_sort(features.begin(), features.end(), [&](Index a, Index b) {
      return squared_norms[static_cast<std::size_t>(a)] > squared_norms[static_cast<std::size_t>(b)];
    });
  return features;
}

template <class S>
LayerProblem<S> permuted_problem(FeatureOrder order, const LayerProblem<S>& problem) {
  const std::vector<Index> features = permutation(order, problem.squared_norms());
  if (const GramCalibration<S>* gram = problem.gram_side())
    return {std::make_shared<GramCalibration<S>>(*gram, features), problem.weights()(features, Eigen::all)};
  std::optional<Matrix<S>> quantized;
  if (problem.has_mismatch()) quantized = problem.quantized_inputs()(Eigen::all, features);
  return {problem.inputs()(Eigen::all, features), std::move(quantized), problem.weights()(features, Eigen::all)};
}

template <class S>
Matrix<double> permuted_columns(FeatureOrder order, const LayerProblem<S>& problem) {
  const std::vector<Index> features = permutation(order, problem.squared_norms());
  Matrix<double> columns(problem.shape().samples, problem.shape().width);
  for (std::size_t visit = 0; visit < features.size(); ++visit)
    columns.col(static_cast<Index>(visit)) = problem.quantized_inputs().col(features[visit]).template cast<double>();
  return columns;
}

template std::vector<Index> permutation(FeatureOrder, const std::vector<float>&);
template std::vector<Index> permutation(FeatureOrder, const std::vector<double>&);
template LayerProblem<float> permuted_problem(FeatureOrder, const LayerProblem<float>&);
template LayerProblem<double> permuted_problem(FeatureOrder, const LayerProblem<double>&);
template Matrix<double> permuted_columns(FeatureOrder, const LayerProblem<float>&);
template Matrix<double> permuted_columns(FeatureOrder, const LayerProblem<double>&);

}  // namespace pathquant
