// A layer too wide to be held: features come in chunks, are quantized and forgotten. X == Xq.
//
//   symbol  shape   meaning
//   U       m x P   X(W - Q), the running state
//   Y       m x P   XW
//
// Neurons are followed in small groups by core/kernels/streaming_kernels.hpp. Sums over features are in the precision
// of the layer within a chunk and in double precision over the chunks, whose length is a function of m and the
// precision:
// the bits depend on nothing else.
#pragma once

#include <functional>
#include <vector>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Features of a chunk but the last: few enough for the caches, and a multiple of what kernels take at a time.
template <class S>
Index chunk_features(Index samples);

/// One chunk of X and W: columns of X one after another (count x m), rows of W (count x P).
template <class S>
struct FeatureChunk {
  Index first = 0;
  Index count = 0;
  AlignedBuffer<S> inputs;
  AlignedBuffer<S> weights;

  FeatureChunk(Index samples, Index neurons);
};

/// What is known of a streamed layer at its end.
struct StreamedSums {
  RowMatrix<double> state;         ///< U
  RowMatrix<double> signal;        ///< Y
  std::int64_t clipped = 0;        ///< decisions beyond the last threshold
  std::int64_t zeros = 0;          ///< decisions that are 0
  Vector largest_levels;           ///< max_t |q_tj|
  double input_energy = 0;         ///< ||X||_F^2
  double largest_norm = 0;         ///< max_t ||X_t||
  double total_input_energy = 0;   ///< ||sum_t X_t||^2
  double weight_energy = 0;        ///< ||W||_F^2
  double weight_error_energy = 0;  ///< ||W - Q||_F^2
  Vector largest_weights;          ///< max_t |w_tj|
  // How W lies between levels with equal distances: core/facts/layer_statistics.hpp.
  double squares = 0, distances = 0, products = 0;  ///< means of d^2, d, f(1 - f)
};

template <class S>
class StreamedPath {
 public:
  /// `path_following`: otherwise the rule sees the weights themselves. `steps` (P, positive) and `shift` are the
  /// distances and the place of the levels of the last three sums. `rule` must outlive this object.
  StreamedPath(LayerShape shape, const DecisionRule<S>& rule, bool path_following, const Vector& steps, double shift);
  ~StreamedPath();

  /// Chunks come in order, each of chunk_features() but the last. Throws std::domain_error where the squared norm of a
  /// column is no normal number, as InputPair does.
  void add(const FeatureChunk<S>& chunk);
  StreamedSums sums() const;

 private:
  class Group;
  void add_norms(Index count);

  LayerShape shape_;
  std::vector<Group> groups_;
  AlignedBuffer<S> norms_;
  AlignedBuffer<S> chunk_total_;
  Vector total_;
  double input_energy_ = 0;
  double largest_squared_norm_ = 0;
};

/// Writes features first .. first+count-1: columns of X, rows of W. Called from several threads at once.
template <class S>
using ChunkSource = std::function<void(Index first, Index count, S* inputs, S* weights)>;

/// Draws and follows a whole layer, with so many threads as `execution` allows: while one follows a chunk, the others
/// draw the next ones. Throws what add() and `source` throw, and Stopped.
template <class S>
StreamedSums stream_layer(const ChunkSource<S>& source, StreamedPath<S>& path, LayerShape shape,
                          const ExecutionContext& execution);

extern template class StreamedPath<float>;
extern template class StreamedPath<double>;

}  // namespace pathquant
