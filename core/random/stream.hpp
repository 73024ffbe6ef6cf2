// Counter-based random streams: every number is a pure function of (stream, row, position). It depends on neither the
// order of drawing, nor the number of threads, nor the size of the problem. The data of a smaller problem are a corner
// of those of a larger one.
//
//   symbol    meaning
//   stream    64-bit Philox key, the hash of a text that names the purpose: seed, trial, "inputs", distribution, ...
//   row       address of a feature's draws: the index of the input feature (column of X, row of W)
//   position  sample of a column of X, neuron of a row of W or of a row of decisions
//   block     the four 32-bit words that Philox4x32-10 (philox.hpp) makes of the counter (row mod 2^32, row div 2^32,
//             block, 0); block b holds words 4b .. 4b + 3 of its row
//
//   word      position i: word i
//   uniform   position i: words 2i and 2i + 1, as the upper and lower half of a 64-bit word whose first 53 bits count
//   normal    positions 4b, 4b + 1: r cos t and r sin t of words (0, 1) of block b, positions 4b + 2, 4b + 3 of words
//             (2, 3), where r^2 = -2 log((w + 1/2) / 2^32) of the first word w, t = 2 pi (w + 1/2) / 2^32 of the second
//
// Words, uniforms, normals and an engine over one row of one stream share words, so they are dependent. Therefore each
// purpose has its own stream.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/random/philox.hpp"
#include "core/types.hpp"

namespace pathquant {

/// One stream of numbers. Equal texts give equal streams. Different texts give unrelated streams, unless their 64-bit
/// hashes collide. Throws std::invalid_argument unless row, first, rows, count >= 0 and first + count <= 2^33 (blocks
/// are numbered in 32 bits).
class Stream {
 public:
  explicit Stream(std::string_view text);

  /// Uniform words: out[i] is word first + i of `row`.
  void words(Index row, Index first, Index count, std::uint32_t* out) const;
  /// Uniform on [0, 1), multiples of 2^-53: out[i] belongs to position first + i of `row`.
  void uniforms(Index row, Index first, Index count, double* out) const;
  /// Standard normals (Box-Muller on 32-bit uniforms, |z| < 6.77): out[i] belongs to position first + i of `row`. The
  /// single-precision numbers are the same to a relative error of 1e-6.
  void normals(Index row, Index first, Index count, double* out) const;
  void normals(Index row, Index first, Index count, float* out) const;

  // The same for positions 0 .. count - 1 of rows row .. row + rows - 1, one row after another: rows x count numbers.
  // Faster than one call per row where rows are short and count is a multiple of 4.
  void words_of_rows(Index row, Index rows, Index count, std::uint32_t* out) const;
  void uniforms_of_rows(Index row, Index rows, Index count, double* out) const;
  void normals_of_rows(Index row, Index rows, Index count, double* out) const;
  void normals_of_rows(Index row, Index rows, Index count, float* out) const;

  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

/// UniformRandomBitGenerator over the words of one row of a stream, in order, for Boost.Random's distributions. For
/// uses where speed does not matter. row >= 0.
class StreamEngine {
 public:
  using result_type = std::uint32_t;
  StreamEngine(Stream stream, Index row) : stream_(stream), row_(row) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT32_MAX; }
  result_type operator()();

 private:
  Stream stream_;
  Index row_;
  std::uint64_t next_ = 0;
  PhiloxBlock block_{};
};

}  // namespace pathquant
