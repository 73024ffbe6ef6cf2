#include <fmt/format.h>

#include <boost/algorithm/string/trim.hpp>

#include "experiments/config/node.hpp"
#include "experiments/config/scalar.hpp"
#include "experiments/config/text_check.hpp"

namespace pathquant {
namespace {

/// Splits at the commas that are neither quoted nor inside brackets, so that `max(1,width)` and `{a: 1, b: 2}` stay
/// whole.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  int depth = 0;
  char quote = 0;
  bool at_start = true;  // at the start of a part or of an element of a flow collection, where a quote opens a text
  bool in_flow = false;  // the part is a flow collection
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      const bool escapes = quote == '"' ? c == '\\' : c == '\'' && text.substr(i + 1).starts_with('\'');
      if (escapes)
        ++i;
      else if (c == quote)
        quote = 0;
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (at_start && depth == 0) in_flow = c == '[' || c == '{';
    if (at_start && (c == '\'' || c == '"')) quote = c;
    at_start = c == ',' || (in_flow && (c == '[' || c == '{' || c == ':'));
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' && depth == 0) {
      parts.push_back(boost::trim_copy(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  parts.push_back(boost::trim_copy(text.substr(start)));
  return parts;
}

/// Removes the lines and columns of a part, which would be mistaken for those of the command line.
void forget_lines(Node& node, const Position& at) {
  node.at = at;
  for (Node& item : node.items) forget_lines(item, at);
  for (Entry& entry : node.entries) {
    entry.key_at = at;
    forget_lines(entry.value, at);
  }
}

class ValueReader {
 public:
  ValueReader(std::string_view text, const std::string& source) : text_(text), at_{source, 0, 0} {}

  Node read() {
    if (text_.size() > max_config_bytes) refuse(fmt::format("a value has at most {} bytes", max_config_bytes));
    if (const auto fault = find_text_fault(text_)) refuse("a value is not a text: " + fault->message);
    if (boost::trim_copy(text_).empty()) refuse("a value is missing; write '' (with the quotes) for an empty text");
    const std::vector<std::string_view> parts = split(text_);
    if (parts.size() == 1) return part(parts.front());
    Node list;
    list.kind = Node::Kind::sequence;
    list.at = at_;
    for (const std::string_view one : parts) list.items.push_back(part(one));
    return list;
  }

 private:
  [[noreturn]] void refuse(std::string message) const { throw ConfigError({{at_, std::move(message)}}); }

  Node part(std::string_view text) const {
    if (text.empty()) refuse(fmt::format("an element is missing in '{}'", text_));
    const bool is_yaml = text.front() == '[' || text.front() == '{' || text.front() == '\'' || text.front() == '"';
    return is_yaml ? yaml(text) : plain(text);
  }

  Node plain(std::string_view text) const {
    TypedScalar typed = type_plain_scalar(text);
    if (!typed.diagnostic.empty()) refuse(std::move(typed.diagnostic));
    Node node;
    node.kind = typed.kind;
    node.at = at_;
    node.value = std::move(typed.value);
    return node;
  }

  Node yaml(std::string_view text) const {
    Diagnostics diagnostics;
    try {
      Node node = parse_yaml(text, at_.source, diagnostics);
      forget_lines(node, at_);
      if (diagnostics.empty()) return node;
    } catch (const ConfigError&) {
      // All errors are in `diagnostics` already.
    }
    for (Diagnostic& diagnostic : diagnostics) diagnostic = {at_, fmt::format("in {}: {}", text, diagnostic.message)};
    throw ConfigError(std::move(diagnostics));
  }

  std::string_view text_;
  Position at_;
};

}  // namespace

Node parse_command_line_value(std::string_view text, const std::string& source) {
  return ValueReader(text, source).read();
}

}  // namespace pathquant
