#include "experiments/process/memory_limit.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/temporary_folder.hpp"

using namespace pathquant;
namespace fs = std::filesystem;

namespace memory_limit_test {

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text << "\n";
}

TEST_CASE("without control groups the limit is the memory of the machine") {
  const testing::TemporaryFolder root;
  CHECK(memory_limit(root.path()) > std::size_t{1} << 26);
  CHECK(memory_limit() <= memory_limit(root.path()));
}

TEST_CASE("the smallest limit of the control group and of those above it counts") {
  const testing::TemporaryFolder root;
  const std::size_t machine = memory_limit(root.path());
  const fs::path groups = root.path() / "sys/fs/cgroup";
  write(root.path() / "proc/self/cgroup", "0::/batch/job");
  CHECK(memory_limit(root.path()) == machine);
  write(groups / "batch/job/memory.max", "max");
  CHECK(memory_limit(root.path()) == machine);
  write(groups / "batch/memory.max", "3000000");
  CHECK(memory_limit(root.path()) == 3000000);
  write(groups / "batch/job/memory.max", "2000000");
  CHECK(memory_limit(root.path()) == 2000000);
  write(groups / "memory.max", "1000000");
  CHECK(memory_limit(root.path()) == 1000000);
}

TEST_CASE("version 1 of control groups has a folder for memory") {
  const testing::TemporaryFolder root;
  write(root.path() / "proc/self/cgroup", "5:cpu,cpuacct:/other\n4:memory:/batch");
  write(root.path() / "sys/fs/cgroup/memory/other/memory.limit_in_bytes", "1000000");
  write(root.path() / "sys/fs/cgroup/memory/batch/memory.limit_in_bytes", "2000000");
  CHECK(memory_limit(root.path()) == 2000000);
}

}  // namespace memory_limit_test
