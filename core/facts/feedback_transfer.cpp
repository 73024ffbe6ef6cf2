#include "core/facts/feedback_transfer.hpp"

#include <algorithm>

#include "core/facts/fact.hpp"

namespace pathquant {
namespace {

// ||T e_t||^2 for every t: with L the factor turned round, T e_t = d_t L^{-T} e_{N-1-t} turned round, so it is d_t^2
// times the squared norm of a row of L^{-1}. Columns of L^{-1} are zero above the diagonal, and are solved for in blocks.
Vector column_energies(const Matrix<double>& factor) {
  constexpr Index block = 64;
  const Index n = factor.rows();
  Vector energies = Vector::Zero(n);
  for (Index first = 0; first < n; first += block) {
    const Index count = std::min(block, n - first), below = n - first;
    Matrix<double> columns = Matrix<double>::Zero(below, count);
    columns.topRows(count).setIdentity();
    factor.bottomRightCorner(below, below).triangularView<Eigen::Lower>().solveInPlace(columns);
    energies.tail(below) += columns.rowwise().squaredNorm();
  }
  return energies.cwiseProduct(factor.diagonal().cwiseAbs2()).reverse();
}

}  // namespace

FeedbackTransfer feedback_transfer(const EliminationFactor& factor, const EliminationFacts& facts) {
  if (facts.lambda == 0) return {facts.sum_squares, facts.first_square};
  const Vector energies = column_energies(*factor.reversed);
  const Vector squares = factor.reversed->diagonal().cwiseAbs2().reverse();
  FeedbackTransfer transfer;
  for (Index t = 0; t < energies.size(); ++t) {
    if (factor.dead[static_cast<std::size_t>(t)]) continue;
    const double energy = std::max(0.0, squares(t) - facts.lambda * energies(t));
    transfer.energy += energy;
    if (t == 0) transfer.first = energy;
  }
  return transfer;
}

namespace feedback_transfer_fact {

const Registered<FactEntry> registered(make_fact(
    {.name = "feedback_transfer",
     .version = 1,
     .summary = "what a rounding error of error feedback does to the outputs",
     .formula = "||Xq T||_F^2 and ||Xq T e_1||^2,  T_tt = 1,  T_{>t,t} = -H_{>t,>t}^{-1} H_{>t,t},  H = Xq^T Xq + "
                "lambda I",
     .source = "theory, 0.2; O1"},
    [](const auto& layer) -> std::optional<Vector> {
      if (!layer.result.elimination || !layer.result.factor.reversed) return std::nullopt;
      const FeedbackTransfer transfer = feedback_transfer(layer.result.factor, *layer.result.elimination);
      return Vector{{transfer.energy, transfer.first}};
    }));

}  // namespace feedback_transfer_fact
}  // namespace pathquant
