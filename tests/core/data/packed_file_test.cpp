// Tests of files of packed sign planes: round trip, size, and files that are refused.
#include "core/data/packed_file.hpp"

#include <doctest/doctest.h>

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

}  // namespace packed_file_test
