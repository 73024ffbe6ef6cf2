#include "experiments/task/task_cache.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace pathquant;

namespace shelf_test {

const ExecutionContext never;

std::shared_ptr<const int> get(TaskCache& cache, const std::string& key, int& made) {
  return cache.get<int>(key, never, [&] { return std::make_shared<const int>(++made); });
}

TEST_CASE("what was asked for last is found again, the rest is made anew") {
  TaskCache cache(2);
  int made = 0;
  const auto a = get(cache, "a", made);
  CHECK(get(cache, "b", made) != a);
  CHECK(get(cache, "a", made) == a);  // a was asked for after b
  get(cache, "c", made);              // takes the place of b
  CHECK(made == 3);
  CHECK(get(cache, "a", made) == a);
  CHECK(made == 3);
  get(cache, "b", made);
  CHECK(made == 4);
}

TEST_CASE("no more values than places are there, not even while one is made") {
  TaskCache cache(1);
  std::weak_ptr<const int> first = cache.get<int>("a", never, [] { return std::make_shared<const int>(1); });
  CHECK_FALSE(first.expired());
  cache.get<int>("b", never, [&] {
    CHECK(first.expired());
    return std::make_shared<const int>(2);
  });
}

TEST_CASE("a value that many ask for at once is made once") {
  TaskCache cache(4);
  std::atomic<int> made = 0;
  std::vector<std::shared_ptr<const int>> values(8);
  std::vector<std::thread> threads;
  for (auto& value : values)
    threads.emplace_back([&] {
      value = cache.get<int>("a", ExecutionContext(), [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return std::make_shared<const int>(++made);
      });
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(made == 1);
  for (const auto& value : values) CHECK(value == values.front());
}

TEST_CASE("a value that could not be made is made by the next who asks; who waits can be stopped") {
  TaskCache cache(1);
  CHECK_THROWS_AS(cache.get<int>("a", never, []() -> std::shared_ptr<const int> { throw std::runtime_error("no"); }),
                  std::runtime_error);
  int made = 0;
  CHECK(*get(cache, "a", made) == 1);

  std::atomic<bool> making = false, stop = false, stopped = false;
  std::thread slow([&] {
    cache.get<int>("b", never, [&] {
      making = true;
      while (!stopped) std::this_thread::yield();
      return std::make_shared<const int>(2);
    });
  });
  while (!making) std::this_thread::yield();
  stop = true;
  CHECK_THROWS_AS(
      cache.get<int>("b", ExecutionContext(&stop, std::nullopt), [] { return std::make_shared<const int>(3); }),
      Stopped);
  stopped = true;
  slow.join();
  CHECK(*get(cache, "b", made) == 2);
}

}  // namespace shelf_test
