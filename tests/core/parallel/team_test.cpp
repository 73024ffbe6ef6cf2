#include "core/parallel/team.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace pathquant {
namespace {

TEST_CASE("Shared parts: each is done once and before it is wanted, however many threads want it at different times") {
  constexpr Index count = 300, ahead = 7;
  for (const int threads : {1, 2, 3, 8}) {
    SharedParts parts(count);
    std::vector<int> times(static_cast<std::size_t>(count), 0);
    std::atomic<int> early = 0, beyond = 0;
    const auto wants = [&](Index wanted, Index limit) {
      parts.run(wanted, limit, [&](Index part) {
        ++times[static_cast<std::size_t>(part)];
        if (part >= limit) ++beyond;
      });
      // A part that was not done would be a data race as well.
      for (Index i = 0; i < wanted; ++i)
        if (times[static_cast<std::size_t>(i)] != 1) ++early;
    };
    run_team(threads, [&](Team&) {
      for (Index i = 0; i <= count; ++i) wants(i, std::min(count, i + ahead));
      wants(1, 2);
    });
    CHECK(early == 0);
    CHECK(beyond == 0);
    for (const int n : times) CHECK(n == 1);
  }
}

TEST_CASE("A shared loop: limits that rise, each part once") {
  for (const int threads : {1, 2, 3, 8}) {
    SharedLoop loop;
    std::vector<int> times(90, 0);
    std::atomic<int> early = 0;
    run_team(threads, [&](Team&) {
      for (Index limit = 10; limit <= 90; limit += 10) {
        loop.run(limit, [&](Index part) { ++times[static_cast<std::size_t>(part)]; });
        for (Index i = 0; i < limit; ++i)
          if (times[static_cast<std::size_t>(i)] != 1) ++early;
      }
    });
    CHECK(early == 0);
  }
}

TEST_CASE("A team passes on what one of its members threw, and that one begins no more parts") {
  for (const int threads : {1, 2}) {
    std::atomic<Index> next = 0;
    std::atomic<int> done = 0;
    const auto work = [&](Team& team) {
      team.share(next, 1000, [&](Index i) {
        if (i == 3) throw std::runtime_error("part 3");
        ++done;
      });
    };
    CHECK_THROWS_WITH_AS(run_team(threads, work), "part 3", std::runtime_error);
    if (threads == 1) CHECK(done == 3);
  }
}

}  // namespace
}  // namespace pathquant
