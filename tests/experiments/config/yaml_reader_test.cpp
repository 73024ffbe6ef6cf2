#include <doctest/doctest.h>

#include "experiments/config/node.hpp"

using namespace pathquant;

namespace yaml_reader_test {

struct Read {
  Node root;
  Diagnostics diagnostics;
};

Read read(std::string_view text) {
  Read result;
  result.root = parse_yaml(text, "a.yaml", result.diagnostics);
  return result;
}

/// All that the reader says of a text, one diagnostic a line.
std::string said(std::string_view text) {
  try {
    const Read result = read(text);
    return result.diagnostics.empty() ? "" : ConfigError(result.diagnostics).what();
  } catch (const ConfigError& error) {
    return error.what();
  }
}

bool says(std::string_view text, const std::string& start) {
  const std::string all = said(text);
  INFO(all);
  CHECK(all.substr(0, start.size()) == start);
  return all.starts_with(start);
}

std::string place(const Position& at) {
  return to_text(at).substr(std::string("a.yaml:").size());
}

TEST_CASE("every key and value of a document has its place") {
  const Read result = read(
      "# a comment\n"
      "name: width_decay\n"
      "inputs:  {distribution: gaussian, samples: 64}\n"
      "sweep:\n"
      "  - grid:\n"
      "      width: [128, 'x']\n"
      "  - ~\n"
      "note: |\n"
      "  two\n"
      "  lines\n"
      "\"quoted key\": \"text\"\n");
  CHECK(result.diagnostics.empty());
  const Node& root = result.root;
  REQUIRE(root.kind == Node::Kind::mapping);
  CHECK(place(root.at) == "2:1");
  REQUIRE(root.entries.size() == 5);
  CHECK(root.entries[0].key == "name");
  CHECK(place(root.entries[0].key_at) == "2:1");
  CHECK(place(root.entries[0].value.at) == "2:7");
  CHECK(place(root.find("inputs")->at) == "3:10");
  CHECK(place(root.find("inputs")->entries[1].key_at) == "3:35");
  CHECK(place(root.find("inputs")->entries[1].value.at) == "3:44");
  const Node& sweep = *root.find("sweep");
  CHECK(place(sweep.at) == "5:3");
  REQUIRE(sweep.items.size() == 2);
  CHECK(place(sweep.items[0].entries[0].key_at) == "5:5");
  const Node& width = *sweep.items[0].find("grid")->find("width");
  CHECK(place(width.at) == "6:14");
  CHECK(place(width.items[1].at) == "6:20");
  CHECK(width.items[1].value == Value("x"));
  CHECK(sweep.items[1].kind == Node::Kind::null);
  CHECK(place(sweep.items[1].at) == "7:5");
  CHECK(place(root.find("note")->at) == "8:7");
  CHECK(root.find("note")->value == Value("two\nlines\n"));
  CHECK(place(root.entries[4].key_at) == "11:1");
  CHECK(place(root.entries[4].value.at) == "11:15");
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("columns count characters, whatever the line ends and the byte order mark") {
  const Read result = read("\xEF\xBB\xBF{\"\xC3\xA4\xC3\xB6\": 1, b: 2}\r\n");
  CHECK(place(result.root.at) == "1:1");
  CHECK(result.root.entries[0].key == "\xC3\xA4\xC3\xB6");
  CHECK(place(result.root.entries[1].key_at) == "1:11");
  const Read windows = read("a: 1\r\nb:\r\n  c: 2\r\n");
  CHECK(place(windows.root.find("b")->find("c")->at) == "3:6");
}

TEST_CASE("a null that is not written is where its key or its list is") {
  const Read result = read("a:\nb:\n  -\n  - 1\nc: null\nd: [~]\ne:\n");
  CHECK(result.diagnostics.empty());
  CHECK(place(result.root.find("a")->at) == "1:1");
  CHECK(place(result.root.find("b")->items[0].at) == "3:3");
  CHECK(place(result.root.find("c")->at) == "5:4");
  CHECK(place(result.root.find("d")->items[0].at) == "6:5");
  CHECK(place(result.root.find("e")->at) == "7:1");
  for (const char* nothing : {"", "\n", "# only a comment\n", "---\n"}) {
    CHECK(read(nothing).root.kind == Node::Kind::null);
    CHECK(read(nothing).diagnostics.empty());
  }
  CHECK(place(read("").root.at) == "1:1");
}

TEST_CASE("what yaml-cpp would bend in silence is refused at its place") {
  CHECK(says("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: duplicate key 'a' (first in line 1)"));
  CHECK(read("a: 1\n'a': 3\n").root.find("a")->value == Value(std::int64_t{1}));
  CHECK(says("a: 010\n", "a.yaml:1:4: 010 has a leading zero"));
  CHECK(says("1: x\n", "a.yaml:1:1: a key must be a text"));
  CHECK(says("b: 1\ntrue: x\n", "a.yaml:2:1: a key must be a text"));
  CHECK(says("~: x\n", "a.yaml:1:1: a key must be a text"));
  CHECK(says("a: {[1, 2]: x, b: 3}\n", "a.yaml:1:5: a key must be a text"));
  CHECK(said("'1': x\n").empty());
  CHECK(says("a: &x 1\n", "a.yaml:1:4: anchors"));
  CHECK(says("a: &x [1]\nb: *x\n", "a.yaml:1:4: anchors"));
  CHECK(said("a: &x [1]\nb: *x\n").find("a.yaml:2:4: aliases") != std::string::npos);
  CHECK(says("a: !!str 1\n", "a.yaml:1:4: tags"));
  CHECK(says("a: ! 1\n", "a.yaml:1:4: tags"));
  CHECK(says("a: !x [1]\n", "a.yaml:1:4: tags"));
  CHECK(says("a: {}\n<<: {b: 1}\n", "a.yaml:2:1: merge keys"));
  CHECK(says("a: 1\n---\nb: 2\n", "a.yaml:2:1: this does not belong"));
  CHECK(says("[a] b\n", "a.yaml:1:5: this does not belong"));
  CHECK(said("a: 1\n...\n").empty());
  CHECK(said("---\na: 1\n").empty());
  CHECK(says("a: \"x\\0y\"\n", "a.yaml:1:4: in the text: control character"));
}

TEST_CASE("a quotation ends in its line") {
  for (const char* open : {"a: 'x\n", "a: 'x\nb: 'y'\n", "a: \"x\n  y\"\n", "a: \"x\\\n  y\"\n", "a: 'x''\n  '\n"})
    CHECK(says(open, "a.yaml:1:4: a quoted text must end in the line"));
  CHECK(said("'a b': 'it''s'\n\"c\": \"\\\"\\\\\"\n").empty());
}

TEST_CASE("reading goes on after a diagnostic") {
  const Read result = read("a: 010\n[x]: 1\nb: &n 2\nb: 3\nc: .inf\nd: 4\n");
  CHECK(result.diagnostics.size() == 5);
  CHECK(result.root.entries.size() == 4);
  CHECK(result.root.find("a")->value == Value(std::int64_t{10}));
  CHECK(result.root.find("b")->value == Value(std::int64_t{2}));
  CHECK(result.root.find("d")->value == Value(std::int64_t{4}));
}

TEST_CASE("what is not YAML is refused where it goes wrong, with all that was said before") {
  CHECK(says("a: [1, 2\n", "a.yaml:2:1: not YAML: "));
  CHECK(says("a: 1\n  b: 2\n", "a.yaml:2:4: not YAML: "));
  CHECK(says("a: {b: 1 c: 2}\n", "a.yaml:1:11: not YAML: "));
  CHECK(says("a: 'b'c\n", "a.yaml:1:7: not YAML: "));
  CHECK(says("a: *nowhere\n", "a.yaml:1:4: not YAML: "));
  CHECK(says("a: 1\n]\n", "a.yaml:2:1: "));
  CHECK(says("a: 010\nb: [\n", "a.yaml:1:4: 010 has a leading zero"));
  CHECK(said("a: 010\nb: [\n").find("\na.yaml:3:1: not YAML") != std::string::npos);
}

TEST_CASE("bytes that no text has are refused, and nothing after them is dropped in silence") {
  CHECK(says(std::string_view("a: 1\nb: \0", 9), "a.yaml:2:4: control character 0x00"));
  CHECK(says("a: 1\n\x04\nb: 2\n", "a.yaml:2:1: control character 0x04"));
  CHECK(says("\xC3\xA4: \xFF\n", "a.yaml:1:4: byte 0xff is not UTF-8"));
  CHECK(
      says("\xFF\xFE"
           "a",
           "a.yaml:1:1: byte 0xff is not UTF-8"));
  for (const char* wrong : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\x80", "\xF8"})
    CHECK(says(wrong, "a.yaml:1:1: byte 0x"));
  CHECK(said("a: \"\xE2\x88\x9A \xF0\x9F\x99\x82\"\n").empty());
}

TEST_CASE("depth and size are bounded") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(said(nested(64)).empty());
  CHECK(says(nested(65), "a.yaml:1:65: nested more than 64 deep"));
  for (const char open : {'[', '{'})
    CHECK(said(std::string(100000, open)).find(": nested more than 64 deep") != std::string::npos);
  std::string keys;
  std::string dashes;
  for (int i = 0; i < 20000; ++i) {
    keys += "? ";
    dashes += "- ";
  }
  CHECK(says(keys, "a.yaml:1:129: nested more than 64 deep"));
  CHECK(says(dashes, "a.yaml:1:129: nested more than 64 deep"));
  CHECK(says(std::string(max_config_bytes + 1, ' '), "a.yaml: 1048577 bytes long"));
  CHECK(said(std::string(max_config_bytes, ' ')).empty());
}

TEST_CASE("diagnostics come in the order of the file, source by source") {
  const ConfigError error(
      {{{"b", 3, 1}, "third"}, {{"a", 1, 1}, "last"}, {{"b", 1, 9}, "second"}, {{"b", 1, 2}, "first"}});
  CHECK(std::string(error.what()) == "b:1:2: first\nb:1:9: second\nb:3:1: third\na:1:1: last");
  CHECK(error.diagnostics().front().message == "first");
  CHECK(to_text({"command line", 0, 0}) == "command line");
}

}  // namespace yaml_reader_test
