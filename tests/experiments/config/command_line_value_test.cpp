#include <doctest/doctest.h>

#include "experiments/config/node.hpp"

using namespace pathquant;

namespace command_line_value_test {

Node value(std::string_view text) {
  return parse_command_line_value(text, "command line");
}

std::string refusal(std::string_view text) {
  try {
    value(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

Value integer_of(std::int64_t number) {
  return number;
}

bool refuses(std::string_view text, const std::string& start) {
  const std::string message = refusal(text);
  INFO(message);
  CHECK(message.substr(0, start.size()) == start);
  return message.starts_with(start);
}

TEST_CASE("a value on the command line is a scalar, a list, or flow YAML") {
  CHECK(value("4").value == integer_of(4));
  CHECK(value(" 1e3 ").value == Value(1000.0));
  CHECK(value("a").value == Value("a"));
  CHECK(value("true").value == Value(true));
  CHECK(value("~").kind == Node::Kind::null);
  CHECK(value("'4'").value == Value("4"));
  CHECK(value("''").value == Value(""));
  CHECK(value("'a,b'").value == Value("a,b"));
  CHECK(value("\"a,\\\"b\"").value == Value("a,\"b"));

  const Node list = value("2,3, x");
  REQUIRE(list.kind == Node::Kind::sequence);
  REQUIRE(list.items.size() == 3);
  CHECK(list.items[1].value == integer_of(3));
  CHECK(list.items[2].value == Value("x"));
  CHECK(to_text(list.items[0].at) == "command line");

  CHECK(value("[1,2]").items.size() == 2);
  CHECK(value("[[1,2],[3]]").items.size() == 2);
  CHECK(value("[]").kind == Node::Kind::sequence);
  const Node mapping = value("{rule: quantile, percentile: 0.99}");
  REQUIRE(mapping.kind == Node::Kind::mapping);
  CHECK(mapping.find("percentile")->value == Value(0.99));
  CHECK(to_text(mapping.entries[1].key_at) == "command line");
}

TEST_CASE("commas within brackets and quotes do not separate") {
  CHECK(value("max(1,width)").value == Value("max(1,width)"));
  CHECK(value("min(2,log2(width)),7").items.size() == 2);
  CHECK(value("{name: msq},{name: spfq, alignment: 2}").items.size() == 2);
  CHECK(value("[1,2],[3]").items.size() == 2);
  CHECK(value("['a]',\"b]\"],c").items.size() == 2);
  CHECK(value("'it''s, so',b").items[0].value == Value("it's, so"));
  CHECK(value("don't,can't").items.size() == 2);
}

TEST_CASE("characters that mean something in YAML are those of a text here") {
  for (const char* text : {"*.npy", "&x", "!x", "a: b", "#1", "@file", "a]", "2*width", "C:\\x", "%", "| x"})
    CHECK(value(text).value == Value(std::string(text)));
}

TEST_CASE("a value that cannot be read is refused") {
  CHECK(refuses("", "command line: a value is missing"));
  CHECK(refuses("  ", "command line: a value is missing"));
  CHECK(refuses("1,,2", "command line: an element is missing in '1,,2'"));
  CHECK(refuses("1,", "command line: an element is missing"));
  CHECK(refuses("010", "command line: 010 has a leading zero"));
  CHECK(refuses("1,1e999", "command line: 1e999 is out of the range"));
  CHECK(refuses("[1,2", "command line: in [1,2: not YAML: "));
  CHECK(refuses("'a,b", "command line: in 'a,b: "));
  CHECK(refuses("'a'b", "command line: in 'a'b: "));
  CHECK(refuses("{a: 1, a: 2}", "command line: in {a: 1, a: 2}: duplicate key 'a'"));
  CHECK(refuses("[&x 1]", "command line: in [&x 1]: anchors"));
  CHECK(refuses("a\xFF", "command line: a value is not a text: byte 0xff"));
  CHECK(refusal(std::string(100000, '[')).find("nested more than 64 deep") != std::string::npos);
  CHECK(refuses(std::string(max_config_bytes + 1, 'a'), "command line: a value has at most"));
}

}  // namespace command_line_value_test
