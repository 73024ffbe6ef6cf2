#include "core/data/cifar.hpp"

#include <doctest/doctest.h>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace cifar_test {

/// Records with the labels 0, 1, .. and pixels that count on through the file.
Bytes records(std::size_t count) {
  Bytes bytes;
  for (std::size_t image = 0; image < count; ++image) {
    bytes.push_back(static_cast<std::uint8_t>(image % 10));
    for (std::size_t pixel = 0; pixel < 3072; ++pixel)
      bytes.push_back(static_cast<std::uint8_t>((7 * image + pixel) % 251));
  }
  return bytes;
}

std::string refused(const Bytes& bytes) {
  return refusal<DataError>([&] { parse_cifar_images(bytes, "batch.bin"); });
}

TEST_CASE("images become rows of pixels in the file's order without their labels, gzip or not") {
  const TemporaryFolder folder;
  const auto file = folder / "batch.bin";
  for (const Bytes& stored : {records(3), gzip(records(3))}) {
    write_bytes(file, stored);
    const ByteTable table = read_cifar_images(file);
    REQUIRE(table.rows == 3);
    REQUIRE(table.columns == 3072);
    for (Index image = 0; image < 3; ++image)
      for (Index pixel = 0; pixel < 3072; ++pixel) REQUIRE(table(image, pixel) == (7 * image + pixel) % 251);
  }
}

TEST_CASE("what is no whole number of records, or has another label, is refused with its name") {
  CHECK(contains(refused({}), "batch.bin: is empty"));
  CHECK(contains(refused(Bytes(3072)), "has 3072 bytes"));
  CHECK(contains(refused(Bytes(3074)), "not a whole number of CIFAR-10's records of 3073"));
  Bytes labelled = records(2);
  labelled[3073] = 10;
  CHECK(contains(refused(labelled), "image 2 has the label 10"));
  CHECK(contains(refusal<DataError>([] { read_cifar_images("/no/such/batch.bin"); }), "there is no such file"));
}

TEST_CASE("damaged records give a table of the right size or a DataError") {
  const Bytes bytes = records(2);
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    const Bytes bad = damaged(bytes, random);
    refusal<DataError>([&] {
      const ByteTable table = parse_cifar_images(bad, "fuzz");
      CHECK(table.values.size() == static_cast<std::size_t>(table.rows * table.columns));
      CHECK(static_cast<std::size_t>(table.rows) * 3073 == bad.size());
    });
  }
}

}  // namespace cifar_test
