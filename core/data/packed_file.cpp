#include "core/data/packed_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>

#include "core/data/data_error.hpp"

namespace pathquant {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go to the file as they are in memory");

constexpr std::array<char, 8> magic = {'P', 'Q', 'P', 'L', 'A', 'N', 'E', 'S'};
constexpr std::size_t head_bytes = 56;
constexpr std::size_t sum_bytes = 4;

template <class T>
void put(Bytes& bytes, T value) {
  for (const std::uint8_t byte : std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value)) bytes.push_back(byte);
}

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  const std::uint8_t* here() const { return bytes_.data() + at_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

std::uint32_t sum_of(std::span<const std::uint8_t> bytes) {
  uLong sum = crc32_z(0, nullptr, 0);
  sum = crc32_z(sum, bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(sum);
}

// One block's scales, as the file has them.
template <class S>
std::string problem_of(std::span<const S> scales, Index planes) {
  S sum = 0;
  for (const S scale : scales) {
    if (!std::isfinite(scale)) return "a scale is not finite";
    if (scale < 0) return "a scale is negative";
    sum += scale * static_cast<S>(static_cast<std::size_t>(planes) / scales.size());
  }
  return std::isfinite(sum) ? "" : "the scales of a block add up to no finite number";
}

// What the file says of itself before its scales.
struct Head {
  std::uint32_t scale_bytes = 0;
  std::uint64_t planes = 0, stored = 0;
  std::int64_t levels = 0;
  std::uint64_t width = 0, neurons = 0, features = 0;

  WeightBlocks blocks() const {
    const auto w = static_cast<Index>(width);
    return {w, static_cast<Index>(neurons), features == 0 ? w : static_cast<Index>(features), features == 0};
  }
  std::uint64_t signs() const { return width * neurons * planes; }
  std::uint64_t scales() const { return stored * static_cast<std::uint64_t>(blocks().count()); }
  std::uint64_t file_bytes() const { return head_bytes + scales() * scale_bytes + (signs() + 7) / 8 + sum_bytes; }
};

Head head_of(Reader& reader, const std::function<void(bool, const std::string&)>& refuse_if) {
  Head head;
  refuse_if(reader.take<std::uint32_t>() != 1, "its version is not 1");
  head.scale_bytes = reader.take<std::uint32_t>();
  head.planes = reader.take<std::uint32_t>();
  head.stored = reader.take<std::uint32_t>();
  head.levels = reader.take<std::int64_t>();
  head.width = reader.take<std::uint64_t>();
  head.neurons = reader.take<std::uint64_t>();
  head.features = reader.take<std::uint64_t>();
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  refuse_if(head.scale_bytes != 4 && head.scale_bytes != 8, "its scales are neither float32 nor float64");
  refuse_if(head.planes < 1 || head.planes > most_planes, "it does not have 1 to 16 planes");
  refuse_if(head.stored != head.planes && head.stored != 1, "it has neither a scale for each plane nor one for all");
  const bool one_for_all = head.planes > 1 && head.stored == 1;
  refuse_if(one_for_all && head.planes != 2, "one scale for all planes is of two planes only");
  refuse_if(head.levels != (one_for_all ? 3 : std::int64_t{1} << head.planes), "its planes do not make so many levels");
  refuse_if(head.width < 1 || head.neurons < 1 || head.width > most || head.neurons > most / head.width ||
                head.features > head.width,
            "its shape makes no sense");
  return head;
}

template <class S>
PackedLayer<S> layer_of(const Head& head, Reader& reader, const std::function<void(bool, const std::string&)>& refuse) {
  const WeightBlocks blocks = head.blocks();
  const PlaneFormat format{static_cast<Index>(head.planes), head.levels, static_cast<Index>(head.stored)};
  PackedLayer<S> layer{{}, {blocks, format, Matrix<S>(format.planes, blocks.count())}};
  PlaneScales<S> stored(static_cast<std::size_t>(format.scales));
  for (Index b = 0; b < blocks.count(); ++b) {
    for (S& scale : stored) scale = reader.take<S>();
    const std::string problem = problem_of<S>({stored.data(), stored.size()}, format.planes);
    refuse(!problem.empty(), problem);
    for (Index p = 0; p < format.planes; ++p)
      layer.scaled.scales(p, b) = stored[static_cast<std::size_t>(std::min(p, format.scales - 1))];
  }
  const std::uint8_t* signs = reader.here();
  std::uint64_t i = 0;
  for (std::uint64_t p = 0; p < head.planes; ++p) {
    SignMatrix& plane = layer.planes.emplace_back(blocks.neurons, blocks.width);
    for (Index j = 0; j < blocks.neurons; ++j)
      for (Index t = 0; t < blocks.width; ++t, ++i)
        if ((signs[i / 8] >> (i % 8) & 1) != 0) plane.set_positive(j, t);
  }
  refuse(i % 8 != 0 && signs[i / 8] >> (i % 8) != 0, "the bits behind its last sign are not 0");
  return layer;
}

}  // namespace

template <class S>
Bytes format_packed(const PackedLayer<S>& layer) {
  const auto& [blocks, format, scales] = layer.scaled;
  Bytes bytes;
  for (const char letter : magic) bytes.push_back(static_cast<std::uint8_t>(letter));
  put(bytes, std::uint32_t{1});
  put(bytes, static_cast<std::uint32_t>(sizeof(S)));
  put(bytes, static_cast<std::uint32_t>(format.planes));
  put(bytes, static_cast<std::uint32_t>(format.scales));
  put(bytes, format.levels);
  put(bytes, static_cast<std::uint64_t>(blocks.width));
  put(bytes, static_cast<std::uint64_t>(blocks.neurons));
  put(bytes, static_cast<std::uint64_t>(blocks.whole_layer ? 0 : blocks.features));
  for (Index b = 0; b < blocks.count(); ++b)
    for (Index p = 0; p < format.scales; ++p) put(bytes, scales(p, b));
  const std::size_t first = bytes.size();
  const auto signs = static_cast<std::size_t>(blocks.width * blocks.neurons * format.planes);
  bytes.resize(first + (signs + 7) / 8);
  std::size_t i = 0;
  for (const SignMatrix& plane : layer.planes)
    for (Index j = 0; j < blocks.neurons; ++j)
      for (Index t = 0; t < blocks.width; ++t, ++i)
        if (plane.positive(j, t)) bytes[first + i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  put(bytes, sum_of(bytes));
  return bytes;
}

AnyPackedLayer parse_packed(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  const auto refuse_if = [&](bool wrong, const std::string& what) {
    if (wrong) throw DataError(fmt::format("{}: {}", file.string(), what));
  };
  refuse_if(bytes.size() < magic.size() || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0,
            "not a file of packed sign planes (runsweep quantize --packed writes one)");
  refuse_if(bytes.size() < head_bytes + sum_bytes, "truncated: its head is not complete");
  Reader reader(bytes.subspan(magic.size()));
  const Head head = head_of(reader, refuse_if);
  refuse_if(bytes.size() != head.file_bytes(),
            fmt::format("it has {} bytes, and its head tells of {}", bytes.size(), head.file_bytes()));
  std::uint32_t sum = 0;
  std::memcpy(&sum, bytes.data() + bytes.size() - sum_bytes, sum_bytes);
  refuse_if(sum != sum_of(bytes.first(bytes.size() - sum_bytes)), "damaged: its checksum does not fit its content");
  if (head.scale_bytes == 4) return layer_of<float>(head, reader, refuse_if);
  return layer_of<double>(head, reader, refuse_if);
}

AnyPackedLayer read_packed(const std::filesystem::path& file) {
  return parse_packed(read_bytes(file), file);
}

template Bytes format_packed(const PackedLayer<float>&);
template Bytes format_packed(const PackedLayer<double>&);

}  // namespace pathquant
