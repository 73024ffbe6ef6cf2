// A matrix of signs, one bit each.
//
//   symbol  shape        meaning
//   B       rows x n     entries -1 and +1; +1 is a set bit
//
// A row is a whole number of 64-bit words, entry t in bit t mod 64 of word t/64; the bits beyond n are 0. A row of
// weights is a neuron, a row of inputs a sample, so that a product runs over words of both.
#pragma once

#include <cstdint>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

class SignMatrix {
 public:
  SignMatrix() = default;
  /// All -1.
  SignMatrix(Index rows, Index width);

  Index rows() const { return rows_; }
  Index width() const { return width_; }
  Index words_of_a_row() const { return words_; }
  const std::uint64_t* row(Index i) const { return data_.data() + i * words_; }
  std::uint64_t* row(Index i) { return data_.data() + i * words_; }

  bool positive(Index i, Index t) const { return (row(i)[t / 64] >> (t % 64) & 1) != 0; }
  void set_positive(Index i, Index t) { row(i)[t / 64] |= std::uint64_t{1} << (t % 64); }
  /// Columns begin .. end - 1.
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
