#include "experiments/engine/task_queue.hpp"

#include <doctest/doctest.h>

#include "tests/experiments/fake_cell.hpp"

using namespace pathquant;
using testing::FakeCell;

namespace task_queue_test {

Task task(const std::string& id, double work, const std::string& shared = "") {
  auto cell = std::make_shared<FakeCell>(id);
  cell->work = work;
  cell->shared = shared;
  return {cell, 0};
}

/// What a worker takes next; "" when all are taken.
std::string take(TaskQueue& queue, int worker) {
  const auto taken = queue.take(worker);
  return taken ? taken->computation->id() : "";
}

TEST_CASE("the costliest task comes first, those of equal cost in their order") {
  TaskQueue queue({task("a", 1), task("b", 3), task("c", 2), task("d", 3)}, 1);
  for (const char* id : {"b", "d", "c", "a", ""}) CHECK(take(queue, 0) == id);
}

TEST_CASE("tasks that share are taken by one worker, and by others when there is nothing else") {
  TaskQueue queue({task("a1", 1, "x"), task("b", 5), task("a2", 9, "x"), task("a3", 2, "x"), task("a4", 1, "x")}, 2);
  CHECK(take(queue, 0) == "a2");  // the costliest of x
  CHECK(take(queue, 1) == "b");
  CHECK(take(queue, 0) == "a3");
  CHECK(take(queue, 1) == "a1");  // helps
  CHECK(take(queue, 1) == "a4");
  CHECK(take(queue, 0) == "");
  CHECK(take(queue, 1) == "");
}

TEST_CASE("trials share with their own trial, not with others") {
  auto cell = std::make_shared<FakeCell>("a");
  auto other = std::make_shared<FakeCell>("b");
  cell->shared = other->shared = "x";
  TaskQueue queue({{cell, 0}, {cell, 1}, {other, 0}, {other, 1}}, 2);
  for (int trial = 0; trial < 2; ++trial)
    for (const char* id : {"a", "b"}) {
      const auto taken = queue.take(trial);
      REQUIRE(taken.has_value());
      CHECK(taken->computation->id() == id);
      CHECK(taken->trial == trial);
    }
}

}  // namespace task_queue_test
