#include <doctest/doctest.h>
#include <sched.h>

#include "experiments/cli/commands.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::cli;

namespace arguments_test {
using testing::ChangedVariable;

TEST_CASE("durations are in seconds, minutes or hours") {
  CHECK(parse_duration("90").count() == 90);
  CHECK(parse_duration("90s").count() == 90);
  CHECK(parse_duration("1.5m").count() == 90);
  CHECK(parse_duration("3h").count() == 10800);
  for (const char* text : {"", "s", "10 m", "10min", "-1", "0", "0h", "nan", "inf", "1e30", "m10", "10m5s", "10M"})
    CHECK_THROWS_AS(parse_duration(text), UsageError);
}

TEST_CASE("sizes are in bytes, or in K, M or G of them") {
  CHECK(parse_bytes("0") == 0);
  CHECK(parse_bytes("4096") == 4096);
  CHECK(parse_bytes("1.5K") == 1536);
  CHECK(parse_bytes("3M") == std::size_t{3} << 20);
  CHECK(parse_bytes("2G") == std::size_t{2} << 30);
  for (const char* text : {"", "G", "2 G", "2GB", "-1", "nan", "inf", "1e30", "2g"})
    CHECK_THROWS_AS(parse_bytes(text), UsageError);
}

TEST_CASE("key=value is cut at the first '='") {
  const auto override = parse_override("quantizer.alphabet.bits=a=b");
  REQUIRE(override.has_value());
  CHECK(override->path == "quantizer.alphabet.bits");
  CHECK(override->value == "a=b");
  CHECK(parse_override("a=")->value.empty());
  CHECK_FALSE(parse_override("=a").has_value());
  CHECK_FALSE(parse_override("abc").has_value());
  CHECK_FALSE(parse_override("").has_value());
}

TEST_CASE("workers: what is asked for, else Slurm's, else the processors of this process") {
  cpu_set_t set;
  CPU_ZERO(&set);
  REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
  const ChangedVariable slurm("SLURM_CPUS_PER_TASK", "3");
  CHECK(worker_count(std::nullopt) == 3);
  CHECK(worker_count(7) == 7);
  for (const char* nonsense : {"", "0", "-2", "many", "3x", "99999999999"}) {
    const ChangedVariable changed("SLURM_CPUS_PER_TASK", nonsense);
    CHECK(worker_count(std::nullopt) == CPU_COUNT(&set));
  }
}

}  // namespace arguments_test
