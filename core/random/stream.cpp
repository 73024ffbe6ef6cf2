#include "core/random/stream.hpp"

#include <limits>
#include <stdexcept>

#include "core/random/generator_kernels.hpp"

namespace pathquant {
namespace {

/// 64-bit hash of a text: the Davies-Meyer construction with Philox as the block cipher,
///
///   H <- E_m(H) xor H,   H = 0 at first,
///
/// where the message block m, 8 bytes of text (the first byte lowest, padded with zeros), is the key and the 128-bit
/// state H is the counter. The xor makes a step irreversible. The last block is the length, which distinguishes texts
/// that differ in trailing zeros only. Words 0 and 1 of H are the result. Two given texts collide with probability
/// 2^-64, and some two of 10^6 texts with 3e-8. The hash need not resist a deliberate search for collisions.
std::uint64_t hash(std::string_view text) {
  PhiloxBlock state{};
  const auto absorb = [&state](std::uint64_t message) {
    const PhiloxBlock e = philox4x32_10(state, message);
    state = {state.w0 ^ e.w0, state.w1 ^ e.w1, state.w2 ^ e.w2, state.w3 ^ e.w3};
  };
  for (std::size_t start = 0; start < text.size(); start += 8) {
    std::uint64_t message = 0;
    for (std::size_t i = start; i < text.size() && i < start + 8; ++i)
      message |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * (i - start));
    absorb(message);
  }
  absorb(text.size());
  return std::uint64_t{state.w1} << 32 | state.w0;
}

void require_window(Index row, Index first, Index count) {
  constexpr Index positions = Index{1} << 33;
  if (row < 0 || first < 0 || count < 0 || first > positions || count > positions - first)
    throw std::invalid_argument("a stream's numbers need row, first, count >= 0 and first + count <= 2^33");
}

void require_rows(Index row, Index rows, Index count) {
  require_window(row, 0, count);
  if (rows < 0 || rows > std::numeric_limits<Index>::max() - row)
    throw std::invalid_argument("a stream's rows need rows >= 0 and row + rows < 2^63");
}

}  // namespace

Stream::Stream(std::string_view text) : key_(hash(text)) {}

void Stream::words(Index row, Index first, Index count, std::uint32_t* out) const {
  require_window(row, first, count);
  kernels::active_generators().words.part(key_, static_cast<std::uint64_t>(row), first, count, out);
}

void Stream::uniforms(Index row, Index first, Index count, double* out) const {
  require_window(row, first, count);
  kernels::active_generators().uniforms.part(key_, static_cast<std::uint64_t>(row), first, count, out);
}

void Stream::normals(Index row, Index first, Index count, double* out) const {
  require_window(row, first, count);
  kernels::active_generators().normals.part(key_, static_cast<std::uint64_t>(row), first, count, out);
}

void Stream::normals(Index row, Index first, Index count, float* out) const {
  require_window(row, first, count);
  kernels::active_generators().single_normals.part(key_, static_cast<std::uint64_t>(row), first, count, out);
}

void Stream::words_of_rows(Index row, Index rows, Index count, std::uint32_t* out) const {
  require_rows(row, rows, count);
  kernels::active_generators().words.rows(key_, static_cast<std::uint64_t>(row), rows, count, out);
}

void Stream::uniforms_of_rows(Index row, Index rows, Index count, double* out) const {
  require_rows(row, rows, count);
  kernels::active_generators().uniforms.rows(key_, static_cast<std::uint64_t>(row), rows, count, out);
}

void Stream::normals_of_rows(Index row, Index rows, Index count, double* out) const {
  require_rows(row, rows, count);
  kernels::active_generators().normals.rows(key_, static_cast<std::uint64_t>(row), rows, count, out);
}

void Stream::normals_of_rows(Index row, Index rows, Index count, float* out) const {
  require_rows(row, rows, count);
  kernels::active_generators().single_normals.rows(key_, static_cast<std::uint64_t>(row), rows, count, out);
}

StreamEngine::result_type StreamEngine::operator()() {
  const auto row = static_cast<std::uint64_t>(row_);
  const std::uint64_t word = next_++;
  if (word % 4 == 0)
    block_ = philox4x32_10({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32),
                            static_cast<std::uint32_t>(word / 4), 0},
                           stream_.key());
  switch (word % 4) {
    case 0:
      return block_.w0;
    case 1:
      return block_.w1;
    case 2:
      return block_.w2;
    default:
      return block_.w3;
  }
}

}  // namespace pathquant
