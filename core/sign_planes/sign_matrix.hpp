// Sign matrix: a matrix with entries -1 and +1, stored with one bit an entry.
//
//   symbol  shape        meaning
//   B       rows x n     entries -1 and +1; +1 is a set bit
//
// A row is a whole number of 64-bit words, with entry t in bit t mod 64 of word t/64. The bits beyond n are 0. A row of
// weights is a neuron and a row of inputs is a sample, so that a product works on the words of two rows.
#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

class SignMatrix {
 public:
  SignMatrix() = default;
  /// A matrix with all entries -1.
  SignMatrix(Index rows, Index width);

  Index rows() const { return rows_; }
  Index width() const { return width_; }
  Index words_of_a_row() const { return words_; }
  const std::uint64_t* row(Index i) const { return data_.data() + i * words_; }
  std::uint64_t* row(Index i) { return data_.data() + i * words_; }

  bool positive(Index i, Index t) const { return (row(i)[t / 64] >> (t % 64) & 1) != 0; }
  void set_positive(Index i, Index t) { row(i)[t / 64] |= std::uint64_t{1} << (t % 64); }
  /// The submatrix of columns begin .. end - 1.
  SignMatrix columns(Index begin, Index end) const;
  /// Bytes of all words.
  std::size_t bytes() const { return data_.size() * sizeof(std::uint64_t); }

  bool operator==(const SignMatrix&) const = default;

 private:
  Index rows_ = 0;
  Index width_ = 0;
  Index words_ = 0;
  std::vector<std::uint64_t> data_;
};

}  // namespace pathquant
