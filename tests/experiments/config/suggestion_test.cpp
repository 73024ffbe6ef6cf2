#include <doctest/doctest.h>

#include "experiments/config/node.hpp"

using namespace pathquant;

namespace suggestion_test {

TEST_CASE("the nearest name is suggested when it is near enough") {
  const std::vector<std::string> names = {"samples", "seed", "sweep", "width", "quantizer", "bits", "low", "Low"};
  CHECK(suggestion("sample", names) == " (did you mean 'samples'?)");
  CHECK(suggestion("smaples", names) == " (did you mean 'samples'?)");
  CHECK(suggestion("quantiser", names) == " (did you mean 'quantizer'?)");
  CHECK(suggestion("qnatnizer", names) == " (did you mean 'quantizer'?)");
  CHECK(suggestion("WIDTH", names) == " (did you mean 'width'?)");
  CHECK(suggestion("LOW", names) == " (did you mean 'Low'?)");
  CHECK(suggestion("bit", names) == " (did you mean 'bits'?)");
  CHECK(suggestion("layers", names).empty());
  CHECK(suggestion("samples", {"samples"}).empty());
  CHECK(suggestion("x", {"y"}).empty());
  CHECK(suggestion("", names).empty());
  CHECK(suggestion("seeds", {}).empty());
  CHECK(suggestion("aab", {"aac", "aad"}) == " (did you mean 'aac'?)");
  CHECK(suggestion(std::string(1 << 20, 'a'), names).empty());
}

}  // namespace suggestion_test
