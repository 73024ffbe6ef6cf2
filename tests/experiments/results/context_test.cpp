#include "experiments/results/context.hpp"

#include <doctest/doctest.h>

using namespace pathquant;

namespace context_test {

TEST_CASE("the keys of the context are taken, and no others") {
  const nlohmann::ordered_json context = make_context({}, {}, {{"runsweep"}, 1, {{"machine", "blue"}}});
  for (const auto& [key, value] : context.items()) CHECK_MESSAGE(is_context_key(key) == (key != "machine"), key);
  CHECK(context.at("machine") == "blue");
}

}  // namespace context_test
