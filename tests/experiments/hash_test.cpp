// Tests of the hashes against the published vectors of FIPS 180-4.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "experiments/hash.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace hash_test {

TEST_CASE("SHA-256 of the published vectors") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of a file is that of its bytes") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0UL, 3UL, 65535UL, 65536UL, 65537UL, 200000UL}) {
    const std::string text(size, '\n');
    std::ofstream(folder.path() / "x", std::ios::binary) << text;
    CHECK(sha256_hex_of_file(folder.path() / "x") == sha256_hex(text));
  }
  CHECK_THROWS_WITH_AS(sha256_hex_of_file("no/such/file"), "cannot read no/such/file: No such file or directory",
                       std::runtime_error);
  CHECK_THROWS_AS(sha256_hex_of_file(folder.path()), std::runtime_error);
}

}  // namespace hash_test
