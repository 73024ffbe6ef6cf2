#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "experiments/json_text.hpp"

using namespace pathquant;
using nlohmann::json;

namespace json_text_test {
std::string number(double value) {
  return to_json(json(value));
}

TEST_CASE("doubles have their shortest form and look like doubles") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number(1e22) == "1e+22");
  CHECK(number(1e23) == "1e+23");
  CHECK(number(9007199254740993.0) == "9007199254740992.0");
  CHECK(number(5e-324) == "5e-324");
  CHECK(number(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(number(2.2250738585072014e-308) == "2.2250738585072014e-308");
  CHECK(number(-0.0) == "-0.0");
  CHECK(number(0.0) == "0.0");
  CHECK(number(1.0) == "1.0");
  CHECK(number(-3.0) == "-3.0");
  CHECK(number(1.0 / 3.0) == "0.3333333333333333");
  CHECK(number(0.0648) == "0.0648");
}

TEST_CASE("doubles of any bits read back as the same bits") {
  std::mt19937_64 engine(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = engine();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const double again = json::parse(number(value)).get<double>();
    REQUIRE(std::memcmp(&again, &value, sizeof value) == 0);
  }
}

TEST_CASE("integers, words and texts") {
  CHECK(to_json(json(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
  CHECK(to_json(json(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
  CHECK(to_json(json(nullptr)) == "null");
  CHECK(to_json(json(true)) == "true");
  CHECK(to_json(json("a b")) == "\"a b\"");
  CHECK(to_json(json("\"\\/\b\f\n\r\t\x01\x7F")) == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7F\"");
  CHECK(to_json(json("\xE2\x88\x9A")) == "\"\xE2\x88\x9A\"");
  CHECK(to_json(json("a\xFF"
                     "b")) ==
        "\"a\xEF\xBF\xBD"
        "b\"");
  CHECK(to_json(json(std::string("\0", 1))) == "\"\\u0000\"");
}

TEST_CASE("one line, keys in their order or sorted") {
  nlohmann::ordered_json value;
  value["b"] = {1, 2.0, nullptr};
  value["a"] = {{"y", nlohmann::ordered_json::object()}, {"x", nlohmann::ordered_json::array()}};
  CHECK(to_json(value) == R"({"b":[1,2.0,null],"a":{"y":{},"x":[]}})");
  const json sorted = json::parse(to_json(value));
  CHECK(canonical_json(sorted) == R"({"a":{"x":[],"y":{}},"b":[1,2.0,null]})");
  CHECK(to_json(sorted) == canonical_json(sorted));
  CHECK(canonical_json(json::parse(R"({"é":1,"Z":2,"a":3})")) == R"({"Z":2,"a":3,"é":1})");
}

TEST_CASE("what JSON does not know is a programming error") {
  CHECK_THROWS_AS(number(std::numeric_limits<double>::quiet_NaN()), std::logic_error);
  CHECK_THROWS_AS(number(-std::numeric_limits<double>::infinity()), std::logic_error);
  CHECK_THROWS_AS(to_json(json{{"a", {1, std::numeric_limits<double>::infinity()}}}), std::logic_error);
  CHECK_THROWS_AS(to_json(json::binary({1, 2})), std::logic_error);
  CHECK_THROWS_AS(canonical_json(json("a\xFF")), std::logic_error);
}

TEST_CASE("what nests deeper than anything that is written is not parsed") {
  const auto lists = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  const auto objects = [](int levels) {
    std::string text = "1";
    for (int i = 0; i < levels; ++i) text = "{\"a]\\\"[\": " + text + "}";
    return text;
  };
  CHECK_FALSE(parsed_json<json>(lists(most_json_levels)).is_discarded());
  CHECK_FALSE(parsed_json<json>(objects(most_json_levels)).is_discarded());
  CHECK(parsed_json<json>(lists(most_json_levels + 1)).is_discarded());
  CHECK(parsed_json<json>(objects(most_json_levels + 1)).is_discarded());
  CHECK(parsed_json<json>(std::string(1000000, '[')).is_discarded());
  CHECK(parsed_json<json>("\"" + std::string(1000, '[') + "\"") == std::string(1000, '['));
  CHECK(parsed_json<json>("[" + std::string(999, ' ') + "[], [], {}]").size() == 3);
  CHECK(parsed_json<nlohmann::ordered_json>("{").is_discarded());
}

}  // namespace json_text_test
