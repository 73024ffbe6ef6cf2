#include "core/layer/gram_errors.hpp"

#include <algorithm>

#include "core/layer/gram_energies.hpp"
#include "core/linalg/product.hpp"

namespace pathquant {

template <class S>
RowMatrix<double> difference_products(const GramCalibration<S>& gram) {
  const GramInputs<double, S>& exact = gram.exact();
  RowMatrix<double> products(gram.width(), gram.width());
  for (Index t = 0; t < gram.width(); ++t)
    for (Index k = 0; k < gram.width(); ++k) products(t, k) = exact.difference_product(t, k);
  return products;
}

template <class S>
RowMatrix<double> drift_products(const GramCalibration<S>& gram, const RowMatrix<S>& weights,
                                 const ExecutionContext& execution) {
  const Matrix<double> products = difference_products(gram);
  return product(pack_inputs(products), RowMatrix<double>(weights.template cast<double>()), execution);
}

template <class S>
std::vector<double> error_energies(const GramCalibration<S>& gram, const RowMatrix<S>& weights, const RowMatrix<S>& v,
                                   const ExecutionContext& execution) {
  const Index width = gram.width(), neurons = weights.cols();
  const RowSource<double> change = [&](Index t, Index first, Index count, double* out) {
    for (Index j = 0; j < count; ++j)
      out[j] = static_cast<double>(weights(t, first + j)) - static_cast<double>(v(t, first + j));
  };
  std::vector<double> energies = gram_energies(gram.exact().gram(), width, neurons, change, execution);
  if (!gram.has_mismatch()) return energies;
  const RowSource<double> own = [&](Index t, Index first, Index count, double* out) {
    std::transform(weights.row(t).data() + first, weights.row(t).data() + first + count, out,
                   [](S w) { return static_cast<double>(w); });
  };
  const std::vector<double> drifts = gram_energies(gram.exact().drift(), width, neurons, own, execution);
  const RowMatrix<double> right = drift_products(gram, weights, execution);
  std::vector<double> row(energies.size());
  for (std::size_t j = 0; j < energies.size(); ++j) energies[j] += drifts[j];
  for (Index t = 0; t < width; ++t) {
    change(t, 0, neurons, row.data());
    for (std::size_t j = 0; j < energies.size(); ++j) energies[j] += 2 * row[j] * right(t, static_cast<Index>(j));
  }
  for (double& energy : energies) energy = std::max(energy, 0.0);
  return energies;
}

template <class S>
std::vector<double> error_sums(const GramCalibration<S>& gram, const RowMatrix<S>& weights, const RowMatrix<S>& v) {
  std::vector<double> sums(static_cast<std::size_t>(weights.cols()), 0.0);
  for (Index t = 0; t < weights.rows(); ++t)
    for (Index j = 0; j < weights.cols(); ++j) {
      const auto w = static_cast<double>(weights(t, j));
      const double change = w - static_cast<double>(v(t, j));
      sums[static_cast<std::size_t>(j)] += gram.quantized_sums()(t) * change + gram.difference_sums()(t) * w;
    }
  return sums;
}

template RowMatrix<double> difference_products(const GramCalibration<float>&);
template RowMatrix<double> drift_products(const GramCalibration<float>&, const RowMatrix<float>&,
                                          const ExecutionContext&);
template std::vector<double> error_energies(const GramCalibration<float>&, const RowMatrix<float>&,
                                            const RowMatrix<float>&, const ExecutionContext&);
template std::vector<double> error_sums(const GramCalibration<float>&, const RowMatrix<float>&,
                                        const RowMatrix<float>&);
template RowMatrix<double> difference_products(const GramCalibration<double>&);
template RowMatrix<double> drift_products(const GramCalibration<double>&, const RowMatrix<double>&,
                                          const ExecutionContext&);
template std::vector<double> error_energies(const GramCalibration<double>&, const RowMatrix<double>&,
                                            const RowMatrix<double>&, const ExecutionContext&);
template std::vector<double> error_sums(const GramCalibration<double>&, const RowMatrix<double>&,
                                        const RowMatrix<double>&);

}  // namespace pathquant
