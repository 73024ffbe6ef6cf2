#include "experiments/process/peak_memory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "experiments/process/forked.hpp"

using namespace pathquant;

namespace peak_memory_test {

// Sanitizers bring an allocator of their own, of which nothing is measured.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PATHQUANT_OTHER_ALLOCATOR
#elif defined(__clang__)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PATHQUANT_OTHER_ALLOCATOR
#endif
#endif
#ifdef PATHQUANT_OTHER_ALLOCATOR
constexpr bool counted = false;
#else
constexpr bool counted = true;
#endif

constexpr double kib = 1024;
constexpr double mib = 1024 * kib;

using Block = std::vector<char>;

Block block(double bytes) {
  return Block(static_cast<std::size_t>(bytes), 'x');
}

/// Of the work in a process with one thread, which `before` has happened to; -1 where it is not known.
double measured(
    const std::function<void()>& work, const std::function<void()>& before = [] {}) {
  const ForkedEnd end = run_forked(
      [&](const std::atomic<bool>& /*stop*/) {
        before();
        return std::to_string(peak_memory(work, ExecutionContext()).value_or(-1));
      },
      std::nullopt);
  REQUIRE_MESSAGE(end.answer, end.output);
  return std::stod(*end.answer);
}

void check_about(double bytes, double expected) {
  CHECK(bytes >= (counted ? expected : -1));
  CHECK(bytes <= (counted ? expected + 64 * kib : -1));
}

TEST_CASE("peak memory: what is in use at once counts, not what was freed before") {
  check_about(measured([] {}), 0);
  check_about(measured([] { block(mib); }), mib);
  check_about(measured([] {
                block(mib);
                block(2 * mib);
              }),
              2 * mib);
  check_about(measured([] {
                const Block one = block(mib);
                block(2 * mib);
              }),
              3 * mib);
}

TEST_CASE("peak memory: what lies free between older blocks does not hide new ones") {
  std::vector<Block> kept;
  const auto make_holes = [&] {
    std::vector<Block> freed;
    for (int i = 0; i < 50; ++i) {
      kept.push_back(block(100 * kib));
      freed.push_back(block(100 * kib));
    }
  };
  const auto fifty = [] {
    std::vector<Block> blocks;
    for (int i = 0; i < 50; ++i) blocks.push_back(block(90 * kib));
  };
  // Of each block the last page is not full.
  const double bytes = measured(fifty, make_holes);
  CHECK(bytes >= (counted ? 50 * 90 * kib : -1));
  CHECK(bytes <= (counted ? 50 * 96 * kib : -1));
}

TEST_CASE("peak memory: not among other threads, and what goes wrong is told") {
  const ForkedEnd end = run_forked(
      [](const std::atomic<bool>& /*stop*/) {
        int state = 1;
        std::string told;
        try {
          peak_memory([] { throw std::runtime_error("work"); }, ExecutionContext());
        } catch (const std::runtime_error& error) {
          told = error.what();
        }
        const std::atomic<bool> stop = true;
        try {
          peak_memory(
              [] {
                while (true) std::this_thread::yield();
              },
              ExecutionContext(&stop, std::nullopt));
        } catch (const Stopped&) {
          told += "; stopped";
        }
        peak_memory([&] { state = 2; }, ExecutionContext());
        told += state == 1 ? "; not changed" : "; changed";
        std::atomic<bool> over = false;
        std::thread other([&] {
          while (!over) std::this_thread::yield();
        });
        told += peak_memory([] {}, ExecutionContext()) ? "; measured" : "; not measured";
        over = true;
        other.join();
        return told;
      },
      std::nullopt);
  REQUIRE_MESSAGE(end.answer, end.output);
  const std::string wrong = "the process in which memory is measured ended with exit code 1; stopped";
  CHECK(*end.answer == (counted ? wrong : "") + "; not changed; not measured");
}

}  // namespace peak_memory_test
