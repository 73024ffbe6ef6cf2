#include "experiments/task/task_cache.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace pathquant;

namespace task_cache_test {

const ExecutionContext never;
constexpr std::size_t one = 100;  // bytes of every value here

std::shared_ptr<const int> get(TaskCache& cache, const std::string& key, int& made, std::size_t bytes = one) {
  return cache.get<int>(key, bytes, never, [&] { return std::make_shared<const int>(++made); });
}

TEST_CASE("the most recently used values are found again, the least recently used leave first") {
  TaskCache cache(2 * one);
  int made = 0;
  const auto a = get(cache, "a", made);
  CHECK(get(cache, "b", made) != a);
  CHECK(get(cache, "a", made) == a);  // a is used after b
  get(cache, "c", made);              // b leaves
  CHECK(made == 3);
  CHECK(get(cache, "a", made) == a);
  CHECK(made == 3);
  get(cache, "b", made);
  CHECK(made == 4);
}

TEST_CASE("the limit is one of bytes: a large value takes the place of several small ones") {
  TaskCache cache(4 * one);
  int made = 0;
  for (const char* key : {"a", "b", "c", "d"}) get(cache, key, made);
  CHECK(cache.bytes() == 4 * one);
  get(cache, "large", made, 3 * one);  // a, b and c leave
  CHECK(cache.bytes() == 4 * one);
  made = 0;
  get(cache, "d", made);
  get(cache, "large", made, 3 * one);
  CHECK(made == 0);
  get(cache, "a", made);
  CHECK(made == 1);
}

TEST_CASE("whatever is asked for, no more than the limit is kept") {
  TaskCache cache(10 * one);
  std::mt19937 engine(7);
  int made = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::size_t size = engine() % 14;
    get(cache, std::to_string(size), made, size * one);
    CHECK(cache.bytes() <= 10 * one);
  }
  CHECK(made < 2000);
}

TEST_CASE("a value larger than the limit is handed out and not kept, and moves no other out") {
  TaskCache cache(2 * one);
  int made = 0;
  const auto a = get(cache, "a", made);
  std::weak_ptr<const int> large = get(cache, "large", made, 3 * one);
  CHECK(large.expired());
  CHECK(*get(cache, "large", made, 3 * one) == 3);
  CHECK(get(cache, "a", made) == a);
  CHECK(cache.bytes() == one);
}

TEST_CASE("room is made before the value is") {
  TaskCache cache(one);
  std::weak_ptr<const int> first = cache.get<int>("a", one, never, [] { return std::make_shared<const int>(1); });
  CHECK_FALSE(first.expired());
  cache.get<int>("b", one, never, [&] {
    CHECK(first.expired());
    return std::make_shared<const int>(2);
  });
}

TEST_CASE("a value that many ask for at once is made once, also one that is not kept") {
  for (const std::size_t limit : {one, one - 1}) {
    TaskCache cache(limit);
    std::atomic<int> made = 0, asked = 0;
    std::vector<std::shared_ptr<const int>> values(8);
    std::vector<std::thread> threads;
    for (auto& value : values)
      threads.emplace_back([&] {
        ++asked;
        value = cache.get<int>("a", one, ExecutionContext(), [&] {
          while (asked < 8) std::this_thread::yield();
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
          return std::make_shared<const int>(++made);
        });
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(made == 1);
    for (const auto& value : values) CHECK(value == values.front());
  }
}

TEST_CASE("a value that could not be made is made by the next who asks; who waits can be stopped") {
  TaskCache cache(one);
  CHECK_THROWS_AS(
      cache.get<int>("a", one, never, []() -> std::shared_ptr<const int> { throw std::runtime_error("no"); }),
      std::runtime_error);
  int made = 0;
  CHECK(*get(cache, "a", made) == 1);

  std::atomic<bool> making = false, stop = false, stopped = false;
  std::thread slow([&] {
    cache.get<int>("b", one, never, [&] {
      making = true;
      while (!stopped) std::this_thread::yield();
      return std::make_shared<const int>(2);
    });
  });
  while (!making) std::this_thread::yield();
  stop = true;
  CHECK_THROWS_AS(
      cache.get<int>("b", one, ExecutionContext(&stop, std::nullopt), [] { return std::make_shared<const int>(3); }),
      Stopped);
  stopped = true;
  slow.join();
  CHECK(*get(cache, "b", made) == 2);
}

}  // namespace task_cache_test
