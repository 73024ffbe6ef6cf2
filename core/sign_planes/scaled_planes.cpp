#include "core/sign_planes/scaled_planes.hpp"

#include <algorithm>

namespace pathquant {
namespace {

constexpr Index most_slab_neurons = 32;

// Transposes a rows x columns corner, to(j, t) = from(t, j); both matrices are row-major. It works in squares as wide
// as a cache line, so that each line is read and written whole for any strides.
template <class S>
void transpose(Index rows, Index columns, const S* from, Index from_stride, S* to, Index to_stride) {
  constexpr Index tile = 64 / sizeof(S);
  for (Index t0 = 0; t0 < rows; t0 += tile)
    for (Index j0 = 0; j0 < columns; j0 += tile)
      for (Index j = j0; j < std::min(j0 + tile, columns); ++j)
        for (Index t = t0; t < std::min(t0 + tile, rows); ++t) to[j * to_stride + t] = from[t * from_stride + j];
}

// Visits the blocks of a few neurons at a time, copied to a slab in which each block is contiguous. The columns of a
// slab are neurons. Calls done(first neuron, slab) after the last visit of a slab.
template <class S, class Visit, class Done>
void go_through(const RowMatrix<S>& weights, const WeightBlocks& blocks, const Visit& visit, const Done& done) {
  const Index width = weights.rows();
  const Index neurons = weights.cols();
  Matrix<S> slab(width, std::min(most_slab_neurons, neurons));
  Index b = 0;
  for (Index first = 0; first < neurons; first += slab.cols()) {
    const Index count = std::min(slab.cols(), neurons - first);
    transpose(width, count, weights.data() + first, neurons, slab.data(), width);
    for (Index j = 0; j < count; ++j)
      for (Index t = 0; t < width; t += blocks.features)
        visit(b++,
              std::span<S>(slab.col(j).data() + t, static_cast<std::size_t>(std::min(blocks.features, width - t))));
    done(first, count, slab);
  }
}

template <class S>
std::size_t size_of(const RowMatrix<S>& weights) {
  return static_cast<std::size_t>(weights.size());
}

}  // namespace

template <class S>
void read_blocks(const RowMatrix<S>& weights, const WeightBlocks& blocks,
                 const std::function<void(Index, std::span<const S>)>& visit) {
  if (blocks.whole_layer) return visit(0, {weights.data(), size_of(weights)});
  go_through(weights, blocks, visit, [](Index, Index, const Matrix<S>&) {});
}

template <class S>
RowMatrix<S> transform_blocks(const RowMatrix<S>& weights, const WeightBlocks& blocks,
                              const std::function<void(Index, std::span<S>)>& visit) {
  if (blocks.whole_layer) {
    RowMatrix<S> result = weights;
    visit(0, {result.data(), size_of(result)});
    return result;
  }
  RowMatrix<S> result(weights.rows(), weights.cols());
  go_through(weights, blocks, visit, [&](Index first, Index count, const Matrix<S>& slab) {
    transpose(count, weights.rows(), slab.data(), weights.rows(), result.data() + first, weights.cols());
  });
  return result;
}

template void read_blocks(const RowMatrix<float>&, const WeightBlocks&,
                          const std::function<void(Index, std::span<const float>)>&);
template void read_blocks(const RowMatrix<double>&, const WeightBlocks&,
                          const std::function<void(Index, std::span<const double>)>&);
template RowMatrix<float> transform_blocks(const RowMatrix<float>&, const WeightBlocks&,
                                           const std::function<void(Index, std::span<float>)>&);
template RowMatrix<double> transform_blocks(const RowMatrix<double>&, const WeightBlocks&,
                                            const std::function<void(Index, std::span<double>)>&);

}  // namespace pathquant
