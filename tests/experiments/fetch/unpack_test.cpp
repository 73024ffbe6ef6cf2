#include "experiments/fetch/unpack.hpp"

#include <doctest/doctest.h>

#include "core/data/data_error.hpp"
#include "experiments/fetch/download.hpp"
#include "tests/core/data/tar_files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace unpack_test {

TEST_CASE("the wanted members are written beside the archive, without their folder") {
  const TemporaryFolder folder;
  Bytes bytes = tar_member("cifar-10-batches-bin/", {}, '5');
  append(bytes, tar_member("cifar-10-batches-bin/a.bin", Bytes(700, 1)));
  append(bytes, tar_member("cifar-10-batches-bin/readme.html", Bytes(3, 9)));
  append(bytes, tar_member("cifar-10-batches-bin/b.bin", Bytes(700, 2)));
  append(bytes, Bytes(1024));
  write_bytes(folder / "archive.tar.gz", gzip(bytes));
  CHECK(!is_unpacked(folder.path(), {"a.bin", "b.bin"}, 700));
  unpack(folder / "archive.tar.gz", {"a.bin", "b.bin"}, 700);
  CHECK(read_bytes(folder / "a.bin") == Bytes(700, 1));
  CHECK(read_bytes(folder / "b.bin") == Bytes(700, 2));
  CHECK(!exists(folder / "readme.html"));
  CHECK(is_unpacked(folder.path(), {"a.bin", "b.bin"}, 700));
  CHECK(!is_unpacked(folder.path(), {"a.bin", "b.bin"}, 701));
  CHECK(!is_unpacked(folder.path(), {"a.bin", "c.bin"}, 700));
}

TEST_CASE("an archive without a wanted member, or with one of another size, leaves nothing") {
  const TemporaryFolder folder;
  write_bytes(folder / "archive.tar", tar_member("a.bin", Bytes(700, 1)));
  CHECK(contains(refusal<FetchError>([&] {
                   unpack(folder / "archive.tar", {"a.bin", "b.bin"}, 700);
                 }),
                 "holds no b.bin of 700 bytes"));
  CHECK(contains(refusal<FetchError>([&] { unpack(folder / "archive.tar", {"a.bin"}, 701); }), "holds no a.bin"));
  CHECK(!exists(folder / "a.bin"));
  write_bytes(folder / "archive.tar", Bytes(600, 'x'));
  CHECK_THROWS_AS(unpack(folder / "archive.tar", {"a.bin"}, 700), DataError);
}

}  // namespace unpack_test
