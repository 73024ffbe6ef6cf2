// Scaled sign planes in a file, at k bits a weight and their scales.
//
//   symbol    meaning
//   N, P, k   width, neurons, planes
//   g         features of a block, N where a neuron is one; 0: the whole layer is one block
//
//   bytes        content, little-endian
//   0 .. 7       "PQPLANES"
//   8 .. 31      version 1, bytes of a scale (4 or 8), k, scales stored for a block: 4 bytes each; levels: 8 bytes
//   32 .. 55     N, P, g: 8 bytes each
//   then         scales, block by block as core/sign_planes/scaled_planes.hpp numbers them
//   then         signs, plane by plane and neuron by neuron without gaps: sign i is bit i mod 8 of byte i/8, set for
//                +1; the bits left of the last byte are 0
//   the last 4   CRC-32 of all that comes before (zlib)
//
// One plane in float32 takes 1 + 32/N bits a weight and 60 bytes.
#pragma once

#include <filesystem>
#include <span>
#include <variant>

#include "core/data/bytes.hpp"
#include "core/sign_planes/packed_layer.hpp"

namespace pathquant {

using AnyPackedLayer = std::variant<PackedLayer<float>, PackedLayer<double>>;

template <class S>
Bytes format_packed(const PackedLayer<S>& layer);
/// `file` is for the message only. Throws DataError, naming what is wrong, when the bytes are no packed layer,
/// truncated, longer than they say, or damaged.
AnyPackedLayer parse_packed(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

/// Throws DataError when the file cannot be written.
template <class S>
void write_packed(const std::filesystem::path& file, const PackedLayer<S>& layer);
/// Errors as parse_packed and read_bytes.
AnyPackedLayer read_packed(const std::filesystem::path& file);

extern template Bytes format_packed(const PackedLayer<float>&);
extern template Bytes format_packed(const PackedLayer<double>&);
extern template void write_packed(const std::filesystem::path&, const PackedLayer<float>&);
extern template void write_packed(const std::filesystem::path&, const PackedLayer<double>&);

}  // namespace pathquant
