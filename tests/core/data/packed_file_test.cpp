// Tests of files of packed sign planes: round trip, size, and files that are refused.
#include "core/data/packed_file.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cmath>
#include <limits>

#include "core/data/data_error.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace packed_file_test {

const ExecutionContext never;

template <class S>
struct Packed {
  RowMatrix<S> q;
  PackedLayer<S> layer;
  Bytes bytes;
};

template <class S>
Packed<S> packed(const std::string& name, const std::map<std::string, Value>& given, Index width, Index neurons) {
  const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
  const RowMatrix<S> weights = zoo::uniform_weights("packed file", width, neurons, 1.0).cast<S>();
  const auto result = entry->make(Parameters(entry->description.parameters, given))
                          ->quantize(LayerProblem<S>(weights), Alphabet{}, Stream("unused"), never);
  Packed<S> made{result.weights, pack(result.weights, result.planes.value()), {}};
  made.bytes = format_packed(made.layer);
  return made;
}

bool is_refused(const Bytes& bytes) {
  try {
    parse_packed(bytes, "file");
  } catch (const DataError&) {
    return true;
  }
  return false;
}

TEST_CASE_TEMPLATE("What is written is read back bit for bit", S, float, double) {
  const Value two = std::int64_t{2};
  const std::vector<std::pair<std::string, std::map<std::string, Value>>> schemes = {
      {"ls1", {}},
      {"ls2", {{"granularity", "layer"}}},
      {"lst", {{"granularity", "group"}, {"group", std::int64_t{7}}}},
      {"gf", {{"planes", std::int64_t{5}}}},
      {"alternating", {{"planes", std::int64_t{3}}, {"granularity", "group"}, {"group", two}}}};
  for (const auto& [name, given] : schemes)
    for (const auto& [width, neurons] : {std::pair<Index, Index>{1, 1}, {19, 3}, {64, 2}, {65, 5}}) {
      CAPTURE(name);
      const Packed<S> made = packed<S>(name, given, width, neurons);
      const auto read = std::get<PackedLayer<S>>(parse_packed(made.bytes, "file"));
      CHECK(unpack(read) == made.q);
      CHECK(read.planes == made.layer.planes);
      CHECK(read.scaled.scales == made.layer.scaled.scales);
      CHECK(format_packed(read) == made.bytes);
      const auto& format = read.scaled.format;
      CHECK(made.bytes.size() == 60 + sizeof(S) * static_cast<std::size_t>(read.scaled.stored_scales()) +
                                     static_cast<std::size_t>((width * neurons * format.planes + 7) / 8));
    }
}

TEST_CASE("One bit takes at most 1.1 bits a weight") {
  const Packed<float> made = packed<float>("ls1", {}, 1000, 64);
  CHECK(8 * static_cast<double>(made.bytes.size()) / 64000 <= 1.1);
}

TEST_CASE("Files that are not whole are refused") {
  const Packed<float> made = packed<float>("ls2", {}, 21, 4);
  CHECK_FALSE(is_refused(made.bytes));
  for (std::size_t size = 0; size < made.bytes.size(); ++size)
    CHECK(is_refused(Bytes(made.bytes.begin(), made.bytes.begin() + static_cast<std::ptrdiff_t>(size))));
  Bytes longer = made.bytes;
  longer.push_back(0);
  CHECK(is_refused(longer));
  for (std::size_t i = 0; i < made.bytes.size(); ++i)
    for (const int bit : {0, 3, 7}) {
      Bytes changed = made.bytes;
      changed[i] ^= static_cast<std::uint8_t>(1U << bit);
      CHECK(is_refused(changed));
    }
}

// With another checksum, so that only what the content says can be refused.
Bytes with_sum(Bytes bytes) {
  bytes.resize(bytes.size() - 4);
  const auto sum = static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(sum >> shift & 0xff));
  return bytes;
}

TEST_CASE_TEMPLATE("Scales that are negative or not finite, or add up to what is not, are refused", S, float, double) {
  constexpr S infinity = std::numeric_limits<S>::infinity();
  for (const char* name : {"ls1", "ls2", "lst"}) {
    CAPTURE(name);
    const Packed<S> made = packed<S>(name, {}, 21, 4);
    for (const S wrong :
         {S{-1}, infinity, -infinity, std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::max()}) {
      const bool one_plane = made.layer.scaled.format.planes == 1;
      if (one_plane && wrong == std::numeric_limits<S>::max()) continue;  // large, but a number
      PackedLayer<S> changed = made.layer;
      changed.scaled.scales.col(1).setConstant(wrong);
      CAPTURE(wrong);
      CHECK(is_refused(format_packed(changed)));
    }
  }
}

TEST_CASE("A layer with a neuron of zeros, whose scales are 0, is read back") {
  RowMatrix<float> weights = zoo::uniform_weights("packed zeros", 12, 3, 1.0).cast<float>();
  weights.col(1).setZero();
  for (const char* name : {"ls1", "ls2", "lst"}) {
    const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
    const auto result = entry->make(Parameters(entry->description.parameters, {}))
                            ->quantize(LayerProblem<float>(weights), Alphabet{}, Stream("unused"), never);
    const Bytes bytes = format_packed(pack(result.weights, result.planes.value()));
    CHECK(unpack(std::get<PackedLayer<float>>(parse_packed(bytes, "file"))) == result.weights);
  }
}

TEST_CASE("A head of another shape than its content is refused, whatever its checksum") {
  const Packed<float> made = packed<float>("ls2", {}, 21, 3);
  CHECK_FALSE(is_refused(with_sum(made.bytes)));
  for (std::size_t i = 0; i < 56; ++i)
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = made.bytes;
      changed[i] ^= static_cast<std::uint8_t>(1U << bit);
      CAPTURE(i);
      CAPTURE(bit);
      // Features of a block count only where they change the number of blocks.
      if (i < 48) CHECK(is_refused(with_sum(changed)));
      if (i >= 48) is_refused(with_sum(changed));  // throws nothing but DataError
    }
  Bytes behind = made.bytes;
  behind[behind.size() - 5] |= 0x80;  // 126 signs leave two bits
  CHECK(is_refused(with_sum(behind)));
}

}  // namespace packed_file_test
