#include "core/parameters.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace pathquant;

namespace parameters_test {

const ParameterTable table = {
    integer("levels", "number of levels").at_least(2).or_word("infinite"),
    real("step", "distance").above(0).required(),
    word("kind", {"midtread", "midrise"}, "kind").defaults_to("midtread"),
    boolean("dead", "a switch").defaults_to(false),
    real("share", "of something").at_least(0).at_most(1).defaults_to(0.5),
};

TEST_CASE("A table fills in standard values and leaves optional ones unset") {
  const Parameters parameters(table, {{"step", std::int64_t{2}}});
  CHECK(parameters.real("step") == 2.0);
  CHECK(parameters.word("kind") == "midtread");
  CHECK(parameters.boolean("dead") == false);
  CHECK(parameters.real("share") == 0.5);
  CHECK_FALSE(parameters.has("levels"));
  CHECK_FALSE(parameters.is("levels", "infinite"));
}

TEST_CASE("A number may admit a word") {
  const Parameters parameters(table, {{"step", 0.5}, {"levels", "infinite"}});
  CHECK(parameters.is("levels", "infinite"));
  CHECK_THROWS_AS(parameters.integer("levels"), std::logic_error);
}

TEST_CASE("What is not admissible is refused with the rule as the text") {
  const auto message = [](const std::map<std::string, Value>& given) -> std::string {
    try {
      const Parameters refused(table, given);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message({}) == "step is missing: distance");
  CHECK(message({{"step", 0.0}}) == "step must be a number > 0, not 0");
  CHECK(message({{"step", "wide"}}) == "step must be a number > 0, not wide");
  CHECK(message({{"step", 1.0}, {"levels", 2.5}}) == "levels must be an integer >= 2 or 'infinite', not 2.5");
  CHECK(message({{"step", 1.0}, {"levels", std::int64_t{1}}}) == "levels must be an integer >= 2 or 'infinite', not 1");
  CHECK(message({{"step", 1.0}, {"kind", "list"}}) == "kind must be one of midtread, midrise, not list");
  CHECK(message({{"step", 1.0}, {"dead", std::int64_t{1}}}) == "dead must be true or false, not 1");
  CHECK(message({{"step", 1.0}, {"share", 1.5}}) == "share must be a number >= 0 and <= 1, not 1.5");
  CHECK(message({{"step", 1.0}, {"sture", 1.5}}) == "there is no parameter sture");
  CHECK(message({{"step", std::numeric_limits<double>::infinity()}}) != "");
  CHECK(message({{"step", std::numeric_limits<double>::quiet_NaN()}}) != "");
}

TEST_CASE("A list is a text of ascending numbers, kept in one way of writing") {
  const ParameterTable lists = {list("values", "levels")};
  const auto kept = [&](const std::string& text) { return Parameters(lists, {{"values", text}}); };
  CHECK(kept(" -1.0,+5e-1   2 ").word("values") == "-1,0.5,2");
  CHECK(kept(" -1.0,+5e-1   2 ").list("values") == std::vector<double>{-1, 0.5, 2});
  CHECK(kept("-0,1").word("values") == "0,1");
  const auto message = [&](const Value& value) -> std::string {
    try {
      const Parameters refused(lists, {{"values", value}});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message("1, x2, 3") == "values: entry 2 of the list, 'x2', is not a number");
  CHECK(message("1,,3") == "values: entry 2 of the list, '', is not a number");
  CHECK(message("1,2,") == "values: entry 3 of the list, '', is not a number");
  CHECK(message(",1") == "values: entry 1 of the list, '', is not a number");
  CHECK(message("1,inf") == "values: entry 2 of the list, 'inf', is not a number");
  CHECK(message("1,1") == "values: the list must ascend, but its entry 2 is 1 after 1");
  CHECK(message(" ") == "values must be a text of ascending numbers such as '-1, 0, 1', not  ");
  CHECK(message(0.5) == "values must be a text of ascending numbers such as '-1, 0, 1', not 0.5");
}

}  // namespace parameters_test
