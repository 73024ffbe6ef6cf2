#include <doctest/doctest.h>

#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace filter_test {

const Plan& plan() {
  static const Plan plan = plan_of(small_layer +
                                   "sweep: {grid: {quantizer: [{name: msq}, {name: spfq, alignment: 2}], "
                                   "quantizer.alphabet.levels: [3, infinite]}, zip: {width: [8, 16]}}\n");
  return plan;
}

Texts kept(const std::vector<std::string>& texts) {
  std::vector<Filter> filters;
  for (const std::string& text : texts) filters.push_back(parse_filter(text));
  Plan left;
  left.cells = filtered(plan().cells, filters);
  return cells_of(left, {"quantizer_name", "quantizer_alphabet_levels", "width"});
}

TEST_CASE("a filter keeps the cells with one of its values, compared exactly") {
  CHECK(kept({}).size() == 8);
  CHECK(kept({"width=8", "quantizer_name=msq"}) == Texts{"msq 3 8", "msq infinite 8"});
  CHECK(kept({"width=8,16"}).size() == 8);
  CHECK(kept({"width=8.0", "quantizer.name=spfq", "quantizer.alphabet.levels=infinite"}) == Texts{"spfq infinite 8"});
  CHECK(kept({"quantizer_alphabet_step=1"}).size() == 8);
  CHECK(kept({"width=1"}).empty());
  CHECK(kept({"quantizer_name=ms"}).empty());
  CHECK(kept({"quantizer_name=msq,"}).size() == 4);
}

TEST_CASE("a negated filter keeps the others, those without the column among them") {
  CHECK(kept({"width!=8", "quantizer_name!=msq", "quantizer_alphabet_levels!=3"}) == Texts{"spfq infinite 16"});
  CHECK(kept({"width!=8,16"}).empty());
  CHECK(kept({"quantizer_alignment=2"}).size() == 4);
  CHECK(kept({"quantizer_alignment!=2"}).size() == 4);
}

TEST_CASE("a filter that cannot be meant is refused") {
  for (const char* text : {"", "width", "=8", "!=8", "width=", "width!="})
    CHECK_THROWS_AS(parse_filter(text), std::invalid_argument);
  CHECK_THROWS_WITH_AS(kept({"widht=8"}), "--filter: no cell has a column 'widht' (did you mean 'width'?)",
                       std::invalid_argument);
}

}  // namespace filter_test
