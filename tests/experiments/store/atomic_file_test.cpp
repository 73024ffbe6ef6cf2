#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "experiments/store/atomic_file.hpp"
#include "experiments/store/store.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;
namespace fs = std::filesystem;

namespace atomic_file_test {

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a file is replaced as a whole, and nothing else is left in its folder") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "results.json";
  const std::string large(3000000, 'x');
  for (const std::string& text : {std::string("first"), large, std::string(), std::string("a\0b", 3)}) {
    write_atomically(path, text);
    CHECK(content_of(path) == text);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  }
  const std::string longest(255, 'n');
  write_atomically(folder.path() / longest, "x");
  CHECK(content_of(folder.path() / longest) == "x");
}

TEST_CASE("a file that cannot be written is an error that names it and leaves nothing behind") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(
      write_atomically(folder.path() / "no" / "file", "x"),
      ("cannot write " + (folder.path() / "no" / "file").string() + ": No such file or directory").c_str(), StoreError);
  fs::create_directories(folder.path() / "taken" / "inside");
  CHECK_THROWS_AS(write_atomically(folder.path() / "taken", "x"), StoreError);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a link stays a link, and the file behind it is replaced as a whole") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "data");
  const fs::path target = folder.path() / "data" / "real";
  std::ofstream(target) << "old";
  const fs::path link = folder.path() / "link";
  fs::create_symlink("data/real", link);
  std::ifstream before(target);
  write_atomically(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK(content_of(target) == "new");
  std::string seen;
  before >> seen;
  CHECK(seen == "old");
  const fs::path dangling = folder.path() / "dangling";
  fs::create_symlink("data/missing", dangling);
  write_atomically(dangling, "made");
  CHECK(fs::is_symlink(dangling));
  CHECK(content_of(folder.path() / "data" / "missing") == "made");
}

TEST_CASE("a device or pipe is written through and stays what it is") {
  const TemporaryFolder folder;
  const fs::path link = folder.path() / "full";
  fs::create_symlink("/dev/full", link);
  CHECK_THROWS_AS(write_atomically(link, "x"), StoreError);
  CHECK(fs::is_symlink(link));
  CHECK(fs::is_character_file("/dev/full"));

  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::string read;
  std::thread reader([&] { read = content_of(pipe); });
  write_atomically(pipe, "through");
  reader.join();
  CHECK(read == "through");
  CHECK(fs::is_fifo(pipe));
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 2);
}

TEST_CASE("folders are made with all above them") {
  const TemporaryFolder folder;
  make_folder(folder.path() / "a" / "b" / "c");
  make_folder(folder.path() / "a" / "b" / "c");
  CHECK(fs::is_directory(folder.path() / "a" / "b" / "c"));
  std::ofstream(folder.path() / "file") << "x";
  CHECK_THROWS_AS(make_folder(folder.path() / "file"), StoreError);
  CHECK_THROWS_AS(make_folder(folder.path() / "file" / "below"), StoreError);
}

TEST_CASE("errors say what to do, names are unique") {
  CHECK(advice(ENOSPC).find("free some space") != std::string::npos);
  CHECK(advice(EACCES).find("--output") != std::string::npos);
  std::set<std::string> names;
  for (int i = 0; i < 100; ++i) names.insert(unique_name());
  CHECK(names.size() == 100);
  CHECK(names.begin()->find_first_of("/. ") == std::string::npos);
}

}  // namespace atomic_file_test
