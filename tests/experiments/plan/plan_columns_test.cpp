#include "experiments/plan/plan_columns.hpp"

#include <doctest/doctest.h>

#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace plan_columns_test {

std::size_t place(const ColumnTable& table, std::string_view name) {
  const Column* column = find(table, name);
  REQUIRE_MESSAGE(column != nullptr, "no column ", std::string(name));
  return static_cast<std::size_t>(column - table.data());
}

TEST_CASE("plan columns: every parameter of every cell, then what is measured") {
  const Plan plan = plan_of(small_layer +
                            "sweep: {grid: {quantizer: [{name: msq, alphabet: {levels: 3, step: 1}}, "
                            "{name: spfq, alignment: 2, alphabet: {levels: 3, step: 1}}]}}\n");
  for (const std::string& name : column_names(plan.cells))
    CHECK(plan.columns[place(plan.columns, name)].kind == ColumnKind::parameter);
  const std::size_t first = place(plan.columns, "levels");
  for (std::size_t i = 0; i < plan.columns.size(); ++i)
    CHECK((plan.columns[i].kind == ColumnKind::parameter) == (i > 0 && i < first));
  CHECK(plan.columns.front().name == "seconds");
}

TEST_CASE("plan columns: parameters are described by the tables that declare them") {
  const Plan plan = plan_of(small_layer +
                            "sweep: {grid: {quantizer: [{name: msq, alphabet: {levels: 3, step: 1}}, "
                            "{name: spfq, alignment: 2, alphabet: {levels: 3, step: 1}}]}}\n");
  for (const char* name : {"width", "samples", "neurons", "quantizer_name", "quantizer_alphabet_levels",
                           "quantizer_alphabet_step", "quantizer_alignment", "inputs_distribution"}) {
    const Column& column = plan.columns[place(plan.columns, name)];
    INFO(name);
    CHECK_FALSE(column.label.empty());
    CHECK_FALSE(column.meaning.empty());
  }
  CHECK(plan.columns[place(plan.columns, "samples")].unit == "rows of $X$");
}

TEST_CASE("plan columns: of vectors a width counts their numbers") {
  const Plan plan = plan_of(
      "experiment: weights\n"
      "inputs: {width: 8}\n"
      "weights: {distribution: uniform, neurons: 2}\n"
      "quantizer: {name: msq, alphabet: {levels: 3, step: 1}}\n");
  CHECK(plan.columns[place(plan.columns, "width")].label == "numbers in a vector $N$");
}

}  // namespace plan_columns_test
