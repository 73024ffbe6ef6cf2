#include "experiments/task/column.hpp"

#include <doctest/doctest.h>

#include <set>

#include "core/registry.hpp"
#include "experiments/task/experiment.hpp"

using namespace pathquant;

namespace column_test {

const ColumnTable table = {{"a", ColumnKind::error},
                           {"b", ColumnKind::word},
                           {"c", ColumnKind::cost, "s", "time", "how long"},
                           {"d", ColumnKind::error}};

TEST_CASE("columns: chosen by kind and by name, in the table's order") {
  CHECK(names_of(table, {ColumnKind::error}) == std::vector<std::string>{"a", "d"});
  CHECK(names_of(table, {ColumnKind::cost, ColumnKind::word}) == std::vector<std::string>{"b", "c"});
  CHECK(names_of(table, outcome_kinds).size() == table.size());
  CHECK(names_of(selected(table, {"d", "b"}), outcome_kinds) == std::vector<std::string>{"b", "d"});
  CHECK_THROWS_AS(selected(table, {"a", "e"}), std::logic_error);
  REQUIRE(find(table, "c") != nullptr);
  CHECK(find(table, "c")->unit == "s");
  CHECK(find(table, "e") == nullptr);
}

TEST_CASE("columns: as results.json has them") {
  const auto rows = columns_to_json(table);
  REQUIRE(rows.size() == table.size());
  CHECK(rows[2] == nlohmann::ordered_json{
                       {"name", "c"}, {"kind", "cost"}, {"unit", "s"}, {"label", "time"}, {"meaning", "how long"}});
}

TEST_CASE("columns: every experiment declares each of its columns once, with a label and a meaning") {
  for (const ExperimentEntry* experiment : Registry<ExperimentEntry>::instance().all()) {
    std::set<std::string> names;
    for (const Column& column : experiment->columns) {
      INFO(experiment->description.name, ": ", column.name);
      CHECK(names.insert(column.name).second);
      CHECK(column.kind != ColumnKind::parameter);
      CHECK_FALSE(column.meaning.empty());
      CHECK((column.kind == ColumnKind::word || !column.label.empty()));
    }
    CHECK(names.contains("relative_squared_error"));
  }
}

}  // namespace column_test
