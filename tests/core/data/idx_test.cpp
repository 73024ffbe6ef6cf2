#include "core/data/idx.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace idx_test {

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

std::string refused(const Bytes& bytes) {
  return refusal<DataError>([&] { parse_idx_images(bytes, "images.idx"); });
}

TEST_CASE("images become rows of pixels in the file's order, gzip or not") {
  const TemporaryFolder folder;
  const auto file = folder / "images";
  const Bytes bytes = idx({0x803, 2, 3, 4}, counting(24));
  for (const Bytes& stored : {bytes, gzip(bytes)}) {
    write_bytes(file, stored);
    const ByteTable table = read_idx_images(file);
    REQUIRE(table.rows == 2);
    REQUIRE(table.columns == 12);
    for (Index row = 0; row < 2; ++row)
      for (Index column = 0; column < 12; ++column) CHECK(table(row, column) == row * 12 + column);
  }
}

TEST_CASE("an IDX file that is not images of bytes is refused with its name") {
  CHECK(contains(refused(bytes_of("P5 2 2")), "images.idx: is not an IDX file"));
  CHECK(contains(refused({}), "images.idx: is not an IDX file"));
  CHECK(contains(refused(idx({0x0d03, 1, 1, 1}, Bytes(4))), "type 0x0d"));
  CHECK(contains(refused(idx({0x801, 24}, counting(24))), "has 1 dimensions where images have 3"));
  CHECK(contains(refused(idx({0x803, 2, 3}, {})), "is truncated inside its header"));
  CHECK(contains(refused(idx({0x803, 2, 0, 4}, {})), "is empty"));
  CHECK(contains(refused(idx({0x803, 2, 3, 4}, counting(23))), "is truncated: its header promises 2 images"));
  CHECK(contains(refused(idx({0x803, 2, 3, 4}, counting(25))), "has bytes too many"));
}

TEST_CASE("dimensions whose product overflows are refused before anything is allocated") {
  CHECK(contains(refused(idx({0x803, 0xffffffff, 0xffffffff, 0xffffffff}, counting(24))), "is truncated"));
  // 2^32 pixels an image, 2^32 images: the product is 0 in 64 bits.
  CHECK(contains(refused(idx({0x803, 0x80000000, 0x80000000, 4}, {})), "is truncated"));
}

TEST_CASE("damaged IDX bytes give a table of the right size or a DataError") {
  const Bytes bytes = idx({0x803, 2, 3, 4}, counting(24));
  std::mt19937 random(3);
  for (int i = 0; i < 4000; ++i) {
    const Bytes bad = damaged(bytes, random);
    refusal<DataError>([&] {
      const ByteTable table = parse_idx_images(bad, "fuzz");
      CHECK(table.values.size() == static_cast<std::size_t>(table.rows * table.columns));
      CHECK(table.values.size() + 16 == bad.size());
    });
  }
}

}  // namespace idx_test
