#include "core/sign_planes/packed_layer.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/sign_planes/plane_levels.hpp"
#include "core/sign_planes/sign_product.hpp"
#include "core/sign_planes/signed_sums.hpp"

namespace pathquant {
namespace {

// Sign bit of plane p in a code of k planes; plane 1 is the highest bit.
bool positive(std::uint32_t code, std::size_t plane, std::size_t planes) {
  return (code >> (planes - 1 - plane) & 1) != 0;
}

// First features of all blocks, followed by N.
template <class S>
void add_cuts(const ScaledPlanes<S>& scaled, std::set<Index>& cuts) {
  const Index step = scaled.blocks.whole_layer ? scaled.blocks.width : scaled.blocks.features;
  for (Index t = 0; t < scaled.blocks.width; t += step) cuts.insert(t);
  cuts.insert(scaled.blocks.width);
}

// Calls visit(begin, end) for the features between neighbouring cuts.
template <class Visit>
void between_cuts(const std::set<Index>& cuts, const Visit& visit) {
  for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut) visit(*cut, *std::next(cut));
}

SignMatrix part_of(const SignMatrix& signs, Index begin, Index end) {
  return begin == 0 && end == signs.width() ? signs : signs.columns(begin, end);
}

// The scales of one plane for every neuron, in the block that contains this feature.
template <class S>
Vector scales_at(const ScaledPlanes<S>& scaled, std::size_t plane, Index feature) {
  Vector scales(scaled.blocks.neurons);
  for (Index j = 0; j < scales.size(); ++j)
    scales(j) = static_cast<double>(scaled.scales(static_cast<Index>(plane), scaled.blocks.block(feature, j)));
  return scales;
}

}  // namespace

template <class S>
std::size_t PackedLayer<S>::bytes() const {
  std::size_t sum = static_cast<std::size_t>(scaled.stored_scales()) * sizeof(S);
  for (const SignMatrix& plane : planes) sum += plane.bytes();
  return sum;
}

template <class S>
double PackedLayer<S>::bits_of_a_weight() const {
  return 8 * static_cast<double>(bytes()) / (static_cast<double>(width()) * static_cast<double>(neurons()));
}

template <class S>
PackedLayer<S> pack(const RowMatrix<S>& q, const ScaledPlanes<S>& scaled) {
  const auto planes = static_cast<std::size_t>(scaled.format.planes);
  PackedLayer<S> layer{std::vector<SignMatrix>(planes, SignMatrix(q.cols(), q.rows())), scaled};
  Index known = -1;
  std::vector<PlaneLevel<S>> levels;
  for (Index j = 0; j < q.cols(); ++j)
    for (Index t = 0; t < q.rows(); ++t) {
      const Index block = scaled.blocks.block(t, j);
      if (block != known) levels = plane_levels(scaled.of(known = block));
      const auto level = std::lower_bound(levels.begin(), levels.end(), q(t, j),
                                          [](const PlaneLevel<S>& one, S value) { return one.value < value; });
      if (level == levels.end() || level->value != q(t, j))
        throw std::invalid_argument("an entry of Q is not a signed sum of the scales of its block");
      for (std::size_t p = 0; p < planes; ++p)
        if (positive(level->code, p, planes)) layer.planes[p].set_positive(j, t);
    }
  return layer;
}

template <class S>
RowMatrix<S> unpack(const PackedLayer<S>& layer) {
  RowMatrix<S> q(layer.width(), layer.neurons());
  for (Index t = 0; t < q.rows(); ++t)
    for (Index j = 0; j < q.cols(); ++j) {
      const auto scales = layer.scaled.scales.col(layer.scaled.blocks.block(t, j));
      S value = 0;  // summed in the quantizer's order
      for (std::size_t p = 0; p < layer.planes.size(); ++p)
        value += layer.planes[p].positive(j, t) ? scales(static_cast<Index>(p)) : -scales(static_cast<Index>(p));
      q(t, j) = value;
    }
  return q;
}

template <class S>
RowMatrix<S> multiply(const Matrix<S>& x, const PackedLayer<S>& q) {
  if (x.cols() != q.width()) throw std::invalid_argument("a product needs as many columns of X as rows of Q");
  RowMatrix<double> y = RowMatrix<double>::Zero(x.rows(), q.neurons());
  std::set<Index> cuts;
  add_cuts(q.scaled, cuts);
  between_cuts(cuts, [&](Index begin, Index end) {
    for (std::size_t p = 0; p < q.planes.size(); ++p) {
      const RowMatrix<S> sums = signed_sums<S>(x.middleCols(begin, end - begin), part_of(q.planes[p], begin, end));
      y.array() += sums.template cast<double>().array().rowwise() * scales_at(q.scaled, p, begin).transpose().array();
    }
  });
  return y.cast<S>();
}

template <class S>
RowMatrix<S> multiply(const PackedLayer<S>& x, const PackedLayer<S>& q) {
  if (x.width() != q.width()) throw std::invalid_argument("a product needs as many columns of X as rows of Q");
  RowMatrix<double> y = RowMatrix<double>::Zero(x.neurons(), q.neurons());
  std::set<Index> cuts;
  add_cuts(x.scaled, cuts);
  add_cuts(q.scaled, cuts);
  between_cuts(cuts, [&](Index begin, Index end) {
    for (std::size_t r = 0; r < x.planes.size(); ++r) {
      const SignMatrix left = part_of(x.planes[r], begin, end);
      const Vector left_scales = scales_at(x.scaled, r, begin);
      for (std::size_t p = 0; p < q.planes.size(); ++p) {
        const RowMatrix<std::int32_t> products = sign_product(left, part_of(q.planes[p], begin, end));
        const Vector scales = scales_at(q.scaled, p, begin);
        for (Index i = 0; i < y.rows(); ++i)
          for (Index j = 0; j < y.cols(); ++j) y(i, j) += left_scales(i) * scales(j) * products(i, j);
      }
    }
  });
  return y.cast<S>();
}

template struct PackedLayer<float>;
template struct PackedLayer<double>;
template PackedLayer<float> pack(const RowMatrix<float>&, const ScaledPlanes<float>&);
template PackedLayer<double> pack(const RowMatrix<double>&, const ScaledPlanes<double>&);
template RowMatrix<float> unpack(const PackedLayer<float>&);
template RowMatrix<double> unpack(const PackedLayer<double>&);
template RowMatrix<float> multiply(const Matrix<float>&, const PackedLayer<float>&);
template RowMatrix<double> multiply(const Matrix<double>&, const PackedLayer<double>&);
template RowMatrix<float> multiply(const PackedLayer<float>&, const PackedLayer<float>&);
template RowMatrix<double> multiply(const PackedLayer<double>&, const PackedLayer<double>&);

}  // namespace pathquant
