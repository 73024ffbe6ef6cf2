#include "core/data/bytes.hpp"

#include <doctest/doctest.h>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace bytes_test {

Bytes varied(std::size_t size) {
  std::mt19937 random(1);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 7);
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_CASE("a file is read as it was written, and unpacked when it is gzip whatever its name") {
  const TemporaryFolder folder;
  const auto file = folder / "some.bin";
  for (const std::size_t size : {0, 1, 2, 1000, 700000}) {
    const Bytes bytes = varied(size);
    write_bytes(file, bytes);
    CHECK(read_bytes(file) == bytes);
    write_bytes(file, gzip(bytes));
    CHECK(read_bytes(file) == bytes);
  }
}

TEST_CASE("gzip members follow each other; zeros at the end are padding") {
  const Bytes a = varied(300000);
  const Bytes b = bytes_of("the second member");
  CHECK(gunzip(gzip(a) + gzip({}) + gzip(b), "x.gz") == a + b);
  CHECK(gunzip(gzip(b) + Bytes(512, 0), "x.gz") == b);
  CHECK(contains(refusal<DataError>([&] { gunzip(gzip(b) + bytes_of("tail"), "x.gz"); }), "x.gz: its gzip is corrupt"));
}

TEST_CASE("every proper prefix of a gzip file is called truncated") {
  const Bytes packed = gzip(varied(2000));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const std::string text = refusal<DataError>([&] { gunzip(std::span(packed).first(size), "cut.gz"); });
    INFO("the first ", size, " of ", packed.size(), " bytes: ", text);
    CHECK(contains(text, "cut.gz: its gzip is truncated"));
  }
}

TEST_CASE("a changed byte in gzip's data or checksum is found") {
  const Bytes plain = varied(2000);
  const Bytes packed = gzip(plain);
  constexpr std::size_t header = 10;  // its time and flags are not covered by the checksum
  for (std::size_t at = header; at < packed.size(); ++at) {
    Bytes changed = packed;
    changed[at] ^= 0x10;
    INFO("byte ", at);
    CHECK(contains(refusal<DataError>([&] { gunzip(changed, "bad.gz"); }), "bad.gz: its gzip is"));
  }
}

TEST_CASE("unpacking stops at the limit") {
  const Bytes zeros(1 << 20, 0);
  const Bytes packed = gzip(zeros);
  CHECK(gunzip(packed, "zeros.gz", zeros.size()) == zeros);
  CHECK(contains(refusal<DataError>([&] { gunzip(packed, "zeros.gz", zeros.size() - 1); }), "unpacks to more than"));
}

TEST_CASE("damaged gzip gives bytes or a DataError") {
  const Bytes packed = gzip(varied(500));
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const Bytes bad = damaged(packed, random);
    Bytes plain;
    const std::string text = refusal<DataError>([&] { plain = gunzip(bad, "fuzz.gz", 100000); });
    CHECK(plain.size() <= 100000);
    if (!text.empty()) CHECK(text.starts_with("fuzz.gz: "));
  }
}

TEST_CASE("what is no readable file is named and explained") {
  const TemporaryFolder folder;
  const auto missing = folder / "missing.npy";
  CHECK(refusal<DataError>([&] { read_bytes(missing); }) ==
        missing.string() + ": there is no such file; check the path");
  CHECK(contains(refusal<DataError>([&] { read_bytes(folder.path()); }), "is a folder"));
  CHECK(contains(refusal<DataError>([&] { read_bytes("/dev/null"); }), "/dev/null: is not a regular file"));
  const auto nowhere = folder / "no/such/folder.npy";
  CHECK(contains(refusal<DataError>([&] { write_bytes(nowhere, Bytes(3)); }), nowhere.string() + ": cannot be opened"));
}

}  // namespace bytes_test
