#include "experiments/measure/identified_files.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "core/data/data_error.hpp"
#include "experiments/hash.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;
namespace fs = std::filesystem;

namespace identified_files_test {

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

int nothing() {
  return 7;
}

struct Fixture {
  TemporaryFolder folder;
  fs::path file = folder / "data";
  nlohmann::json identity;
  IdentifiedFiles files;

  Fixture() {
    write(file, "one");
    write(folder / "other", "two");
    files.add({file, folder / "other"}, identity);
  }
};

TEST_CASE_FIXTURE(Fixture, "the identity has the hash of every file, and files that stay let work pass") {
  CHECK(identity["files"] == nlohmann::json{sha256_hex("one"), sha256_hex("two")});
  CHECK(files.unchanged_during(nothing) == 7);
  CHECK(IdentifiedFiles().unchanged_during(nothing) == 7);
}

TEST_CASE_FIXTURE(Fixture, "another content is refused by name, before and after the work") {
  const auto is_refused = [&](const auto& work) {
    try {
      files.unchanged_during(work);
    } catch (const DataError& error) {
      return std::string(error.what()).find(file.string() + ": has changed") == 0;
    }
    return false;
  };
  SUBCASE("written to during the work") {
    CHECK(is_refused([&] { return write(file, "longer"), 0; }));
    CHECK(is_refused(nothing));
  }
  SUBCASE("replaced by one of the same size and time") {
    const auto time = fs::last_write_time(file);
    write(folder / "new", "ONE");
    fs::last_write_time(folder / "new", time);
    fs::rename(folder / "new", file);
    CHECK(is_refused(nothing));
  }
  SUBCASE("replaced and put back during the work") {
    CHECK(is_refused([&] {
      fs::rename(file, folder / "kept");
      write(file, "ONE");
      fs::rename(folder / "kept", file);
      return 0;
    }));
  }
  SUBCASE("gone") {
    fs::remove(file);
    CHECK(is_refused(nothing));
  }
  SUBCASE("a link that leads elsewhere") {
    fs::rename(file, folder / "target");
    fs::create_symlink(folder / "target", file);
    CHECK(files.unchanged_during(nothing) == 7);
    fs::remove(file);
    fs::create_symlink(folder / "other", file);
    CHECK(is_refused(nothing));
  }
}

TEST_CASE_FIXTURE(Fixture, "a file that was touched, or replaced by its like, is the same") {
  fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(1));
  CHECK(files.unchanged_during(nothing) == 7);
  write(folder / "new", "one");
  fs::rename(folder / "new", file);
  CHECK(files.unchanged_during(nothing) == 7);
}

}  // namespace identified_files_test
