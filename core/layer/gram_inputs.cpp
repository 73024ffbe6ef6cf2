#include "core/layer/gram_inputs.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/kernels/blocked_kernels.hpp"

namespace pathquant {
namespace {

constexpr Index panel_rows = 256;  // samples that are packed at once: a tile's sums are loaded and stored once for all

// Features of a part of a panel, a common multiple of blocks and strips: both are columns of one part.
constexpr Index part_features = 96;

std::size_t size(Index n) {
  return static_cast<std::size_t>(n);
}

Index part_count(Index features) {
  return (features + part_features - 1) / part_features;
}

template <class S>
Index tile_width() {
  const Index width = kernels::active_blocked<S>().front().neurons;
  static_assert(part_features % block_features == 0);
  return width;
}

// Where feature t of sample 0 of a panel stands.
Index in_panel(Index t) {
  return t / part_features * part_features * panel_rows + t % part_features;
}

}  // namespace

template <class S>
TriangleRows<S>::TriangleRows(Index features)
    : rows_(size(start(block_count(features)))),
      grams_(size(block_count(features) * block_features * kernels::gram_stride)) {}

template <class S>
TriangleRows<S>::TriangleRows(Index features, const std::function<S(Index t, Index k)>& entry)
    : TriangleRows(features) {
  std::fill(rows_.begin(), rows_.end(), S(0));
  std::fill(grams_.begin(), grams_.end(), S(0));
  for (Index t = 0; t < features; ++t) {
    const Index b = t / block_features, r = t % block_features;
    for (Index k = 0; k <= t; ++k) {
      const S value = entry(t, k);
      rows(b)[k * block_features + r] = value;
      if (k >= b * block_features) within(b)[r * kernels::gram_stride + k - b * block_features] = value;
    }
  }
}

template <class S, class T>
GramInputs<S, T>::GramInputs(Index features, bool mismatch, Triangles triangles)
    : features_(features),
      mismatch_(mismatch),
      all_(mismatch && triangles == Triangles::all),
      panel_(size(part_count(features) * part_features * panel_rows)),
      gram_(features) {
  Index tiles = 0;
  for (Index b = 0; b < blocks(); ++b) {
    first_tile_.push_back(tiles);
    tiles += tiles_of(b);
  }
  tiles_ = AlignedBuffer<S>(size(tiles * block_features * tile_width<S>()));
  if (!mismatch) return;
  difference_tiles_ = AlignedBuffer<S>(tiles_.size());
  plain_squares_.resize(size(features));
  differences_ = AlignedBuffer<S>(panel_.size());
  difference_ = TriangleRows<S>(features);
  if (!all_) return;
  transposed_tiles_ = AlignedBuffer<S>(tiles_.size());
  drift_tiles_ = AlignedBuffer<S>(tiles_.size());
  transposed_ = TriangleRows<S>(features);
  drift_ = TriangleRows<S>(features);
}

template <class S, class T>
GramInputs<S, T>::GramInputs(const GramInputs& other, std::span<const Index> order)
    : features_(other.features_), mismatch_(other.mismatch_), all_(other.all_), samples_(other.samples_) {
  const auto reordered = [&](auto&& entry) {
    return TriangleRows<S>(features_, [&](Index t, Index k) { return entry(order[size(t)], order[size(k)]); });
  };
  const auto symmetric = [&](const TriangleRows<S>& lower) {
    return reordered([&](Index a, Index b) { return lower(std::max(a, b), std::min(a, b)); });
  };
  gram_ = symmetric(other.gram_);
  if (!mismatch_) return;
  difference_ = reordered([&](Index a, Index b) { return other.difference_product(a, b); });
  transposed_ = reordered([&](Index a, Index b) { return other.difference_product(b, a); });
  drift_ = symmetric(other.drift_);
  for (const Index feature : order) plain_squares_.push_back(other.plain_squares_[size(feature)]);
}

template <class S, class T>
Index GramInputs<S, T>::tiles_of(Index b) const {
  const Index last = std::min(features_, (b + 1) * block_features) - 1;
  return last / tile_width<S>() + 1;
}

template <class S, class T>
void GramInputs<S, T>::add(const SampleBatch<T>& batch, int threads) {
  begin(batch);
  run_team(threads, [&](Team&) { share(); });
}

template <class S, class T>
void GramInputs<S, T>::begin(const SampleBatch<T>& batch) {
  batch_ = batch;
  samples_ += batch.samples;
  first_panel_ = panels_;
  panels_ += (batch.samples + panel_rows - 1) / panel_rows;
}

template <class S, class T>
void GramInputs<S, T>::share() {
  const Index parts = part_count(features_);
  for (Index panel = first_panel_; panel < panels_; ++panel) {
    const Index start = (panel - first_panel_) * panel_rows;
    const Index rows = std::min(panel_rows, batch_.samples - start);
    packing_.run((panel + 1) * parts, [&](Index part) { pack(part - panel * parts, start, rows); });
    // The longest rows first: the last ones to finish are then short.
    multiplying_.run((panel + 1) * blocks(), [&](Index b) { multiply((panel + 1) * blocks() - 1 - b, panel, rows); });
  }
}

template <class S, class T>
void GramInputs<S, T>::pack(Index part, Index start, Index rows) {
  const Index first = part * part_features;
  const Index live = std::min(part_features, features_ - first);
  std::vector<S> converted;
  if constexpr (!std::is_same_v<S, T>) converted.resize(size(live * rows));
  const auto pack_matrix = [&](const T* matrix, S* out) {
    std::array<const S*, static_cast<std::size_t>(part_features)> columns;
    for (Index t = 0; t < live; ++t) {
      const T* column = matrix + (first + t) * batch_.stride + start;
      if constexpr (std::is_same_v<S, T>) {
        columns[size(t)] = column;
      } else {
        std::copy_n(column, rows, converted.data() + t * rows);
        columns[size(t)] = converted.data() + t * rows;
      }
    }
    pack_columns<S>(rows, part_features, std::span(columns).first(size(live)), out);
  };
  S* const quantized = panel_.data() + part * part_features * panel_rows;
  pack_matrix(batch_.quantized, quantized);
  if (!mismatch_) return;
  S* const difference = differences_.data() + part * part_features * panel_rows;
  pack_matrix(batch_.plain, difference);
  if constexpr (std::is_same_v<S, double>)
    for (Index i = 0; i < rows; ++i)
      for (Index t = 0; t < live; ++t) {
        const S x = difference[i * part_features + t];
        plain_squares_[size(first + t)] += x * x;
      }
  for (Index i = 0; i < rows * part_features; ++i) difference[i] -= quantized[i];
}

template <class S, class T>
void GramInputs<S, T>::multiply(Index b, Index panel, Index rows) {
  const auto& strips = kernels::active_blocked<S>();
  const Index width = tile_width<S>();
  const Index own = in_panel(b * block_features);
  for (Index tile = 0; tile < tiles_of(b); ++tile) {
    const Index first = tile * width;
    // What is right of the diagonal is not wanted: a narrower tile may do.
    const Index wanted = std::min(features_, (b + 1) * block_features) - first;
    const auto& kernels = wanted <= strips[1].neurons ? strips[1] : strips[0];
    const Index at = (first_tile_[size(b)] + tile) * block_features * width;
    const auto add = [&](const AlignedBuffer<S>& x, const AlignedBuffer<S>& columns, AlignedBuffer<S>& tiles) {
      kernels.project_within(rows, x.data() + own, columns.data() + in_panel(first), part_features, panel == 0, width,
                             tiles.data() + at);
    };
    add(panel_, panel_, tiles_);
    if (mismatch_) add(panel_, differences_, difference_tiles_);
    if (!all_) continue;
    add(differences_, panel_, transposed_tiles_);
    add(differences_, differences_, drift_tiles_);
  }
}

template <class S, class T>
void GramInputs<S, T>::finish() {
  unfolding_.run(blocks(), [&](Index b) {
    unfold(b, tiles_, gram_);
    if (mismatch_) unfold(b, difference_tiles_, difference_);
    if (!all_) return;
    unfold(b, transposed_tiles_, transposed_);
    unfold(b, drift_tiles_, drift_);
  });
  std::call_once(freed_, [&] {
    for (AlignedBuffer<S>* buffer :
         {&tiles_, &difference_tiles_, &transposed_tiles_, &drift_tiles_, &panel_, &differences_})
      *buffer = AlignedBuffer<S>();
  });
}

template <class S, class T>
void GramInputs<S, T>::unfold(Index b, const AlignedBuffer<S>& tiles, TriangleRows<S>& triangle) const {
  const Index width = tile_width<S>();
  const Index first = b * block_features;
  const Index live = std::min(block_features, features_ - first);
  std::array<const S*, static_cast<std::size_t>(block_features)> rows;
  for (Index k = 0; k < first + block_features; k += width) {
    const S* tile = tiles.data() + (first_tile_[size(b)] + k / width) * block_features * width;
    for (Index r = 0; r < live; ++r) rows[size(r)] = tile + r * width;
    const Index count = std::min(width, first + block_features - k);
    if (k / width < tiles_of(b))
      pack_columns<S>(count, block_features, std::span(rows).first(size(live)), triangle.rows(b) + k * block_features);
    else
      std::fill_n(triangle.rows(b) + k * block_features, count * block_features, S(0));
  }
  S* const diagonal = triangle.rows(b) + first * block_features;
  for (Index k = 0; k < block_features; ++k) std::fill_n(diagonal + k * block_features, std::min(k, live), S(0));
  for (Index r = 0; r < block_features; ++r)
    for (Index k = 0; k < kernels::gram_stride; ++k)
      triangle.within(b)[r * kernels::gram_stride + k] = k < block_features ? diagonal[k * block_features + r] : S(0);
}

template class TriangleRows<float>;
template class TriangleRows<double>;
template class GramInputs<float>;
template class GramInputs<double>;
template class GramInputs<double, float>;

}  // namespace pathquant
