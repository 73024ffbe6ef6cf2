#include "core/data/tar.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/data/data_error.hpp"
#include "tests/core/data/tar_files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace tar_test {

std::string refused(const Bytes& bytes) {
  return refusal<DataError>([&] { parse_tar(bytes, "archive.tar"); });
}

TEST_CASE("files of an archive have their names and contents; folders and links are passed over") {
  const Bytes content = bytes_of("some bytes");
  Bytes bytes = tar_member("folder/", {}, '5');
  append(bytes, tar_member("folder/a.bin", content));
  append(bytes, tar_member("folder/link", {}, '2'));
  append(bytes, tar_member("empty", {}));
  append(bytes, tar_member("block", Bytes(512, 7)));
  append(bytes, Bytes(1024));
  const auto members = parse_tar(bytes, "archive.tar");
  REQUIRE(members.size() == 3);
  CHECK(members[0].name == "folder/a.bin");
  CHECK(Bytes(members[0].content.begin(), members[0].content.end()) == content);
  CHECK(members[1].name == "empty");
  CHECK(members[1].content.empty());
  CHECK(members[2].content.size() == 512);
}

TEST_CASE("an archive that is damaged or cut is refused") {
  Bytes bytes = tar_member("a", bytes_of("content"));
  CHECK(contains(refused(Bytes(bytes.begin(), bytes.begin() + 300)), "truncated"));
  CHECK(contains(refused(Bytes(bytes.begin(), bytes.begin() + 515)), "truncated"));
  CHECK(contains(refused(Bytes(2048)), "without a file"));
  CHECK(contains(refused(Bytes(512, 'x')), "is no tar archive"));
  bytes[0] = 'b';
  CHECK(contains(refused(bytes), "is no tar archive"));
}

TEST_CASE("damaged archives give members within the bytes or a DataError") {
  Bytes bytes = tar_member("a", bytes_of("content"));
  append(bytes, tar_member("b", Bytes(600, 1)));
  std::mt19937 random(6);
  for (int i = 0; i < 4000; ++i) {
    const Bytes bad = damaged(bytes, random);
    refusal<DataError>([&] {
      for (const TarMember& member : parse_tar(bad, "fuzz")) {
        CHECK(member.content.data() >= bad.data());
        CHECK(member.content.data() + member.content.size() <= bad.data() + bad.size());
      }
    });
  }
}

}  // namespace tar_test
