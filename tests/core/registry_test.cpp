#include "core/registry.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace registry_test {

struct Thing {
  Description description;
  int value = 0;
};

Thing thing(const std::string& name, int value) {
  Thing made;
  made.description.name = name;
  made.value = value;
  return made;
}

TEST_CASE("what is registered is found by its name, and listed by the alphabet") {
  Registry<Thing> registry;
  CHECK(registry.all().empty());
  registry.add(thing("b", 2));
  registry.add(thing("a", 1));
  REQUIRE(registry.find("b") != nullptr);
  CHECK(registry.find("b")->value == 2);
  CHECK(registry.find("c") == nullptr);
  CHECK(registry.names() == std::vector<std::string>{"a", "b"});
  REQUIRE(registry.all().size() == 2);
  CHECK(registry.all().front()->value == 1);
}

TEST_CASE("a name is taken once, and the first one keeps it") {
  Registry<Thing> registry;
  registry.add(thing("a", 1));
  CHECK_THROWS_WITH_AS(registry.add(thing("a", 2)), "'a' is registered twice", std::logic_error);
  CHECK(registry.find("a")->value == 1);
}

TEST_CASE("a static object registers itself") {
  const Registered<Thing> registered(thing("self", 3));
  CHECK(Registry<Thing>::instance().find("self")->value == 3);
}

}  // namespace registry_test
