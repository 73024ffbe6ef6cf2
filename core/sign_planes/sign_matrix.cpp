#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

SignMatrix::SignMatrix(Index rows, Index width)
    : rows_(rows), width_(width), words_((width + 63) / 64), data_(static_cast<std::size_t>(rows * words_)) {}

SignMatrix SignMatrix::columns(Index begin, Index end) const {
  SignMatrix part(rows_, end - begin);
  const Index first = begin / 64;
  const Index shift = begin % 64;
  const Index spare = part.words_ * 64 - part.width_;
  for (Index i = 0; i < rows_; ++i) {
    const std::uint64_t* from = row(i);
    std::uint64_t* to = part.row(i);
    for (Index w = 0; w < part.words_; ++w) {
      to[w] = from[first + w] >> shift;
      if (shift > 0 && first + w + 1 < words_) to[w] |= from[first + w + 1] << (64 - shift);
    }
    if (spare > 0) to[part.words_ - 1] &= ~std::uint64_t{0} >> spare;
  }
  return part;
}

}  // namespace pathquant
