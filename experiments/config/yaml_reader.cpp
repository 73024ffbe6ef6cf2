#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "experiments/config/node.hpp"
#include "experiments/config/scalar.hpp"
#include "experiments/config/text_check.hpp"

namespace pathquant {
namespace {

/// Source text and its name. Converts byte offsets to positions that count characters, as editors do.
class Source {
 public:
  Source(std::string_view text, const std::string& name) : text_(text), name_(name) {
    // Characters are counted once, because a file may be one line of a megabyte.
    characters_.reserve(text.size() + 1);
    int characters = 0;
    for (const char c : text) {
      characters_.push_back(characters);
      const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
      if (!continues) ++characters;
    }
    characters_.push_back(characters);
  }

  Position at(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    return {name_, line, column(before.rfind('\n') + 1, offset)};  // npos + 1 is 0
  }
  /// Converts a mark of yaml-cpp, whose lines, columns and offsets count from 0, the last two in bytes.
  Position at(const YAML::Mark& mark) const {
    if (mark.is_null()) return {name_, 0, 0};
    const std::size_t end = offset(mark);
    return {name_, mark.line + 1, column(end - std::min(end, static_cast<std::size_t>(std::max(mark.column, 0))), end)};
  }
  bool has_at(const YAML::Mark& mark, std::string_view piece) const {
    return text_.substr(offset(mark)).starts_with(piece);
  }
  /// Whether the quoted scalar at `mark` is closed before its line ends.
  bool closes_quote(const YAML::Mark& mark) const {
    const std::string_view line = text_.substr(offset(mark), text_.find_first_of("\r\n", offset(mark)) - offset(mark));
    const char quote = line.front();
    for (std::size_t i = 1; i < line.size(); ++i) {
      const bool doubled = quote == '\'' && line.substr(i).starts_with("''");
      if (doubled || (quote == '"' && line[i] == '\\'))
        ++i;
      else if (line[i] == quote)
        return true;
    }
    return false;
  }
  std::string_view text() const { return text_; }

 private:
  std::size_t offset(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
  }
  int column(std::size_t line_start, std::size_t offset) const {
    return characters_[offset] - characters_[line_start] + 1;
  }

  std::string_view text_;
  const std::string& name_;
  std::vector<int> characters_;  ///< before each byte
};

/// Builds the tree from yaml-cpp's events. YAML::Node keeps neither positions of keys nor duplicates nor quotes.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  Node take_root() { return std::move(root_); }

  /// Removes the diagnostics about keys in an unclosed [ or {, where yaml-cpp reports keys that are none.
  void forget_open_flow() {
    const auto first = std::find_if(open_.begin(), open_.end(), [](const Open& open) { return open.in_flow; });
    if (first != open_.end()) diagnostics_.resize(first->diagnostics_before);
  }

  void OnDocumentStart(const YAML::Mark& mark) override { root_.at = source_.at(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node;
    // The mark of an implicit null is that of the next token.
    const bool written = anchor != YAML::NullAnchor || source_.has_at(mark, "~") || source_.has_at(mark, "null") ||
                         source_.has_at(mark, "Null") || source_.has_at(mark, "NULL");
    node.at = written || open_.empty() || awaits_key() ? source_.at(mark) : open_.back().place();
    add(std::move(node), written);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    report(source_.at(mark), "aliases (*name) are not supported: write the value out");
    Node node;
    node.at = source_.at(mark);
    add(std::move(node), false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (const auto fault = find_text_fault(text)) report(source_.at(mark), "in the text: " + fault->message);
    // yaml-cpp ends an unclosed quotation where the indentation ends, and uses the text so far.
    if ((source_.has_at(mark, "'") || source_.has_at(mark, "\"")) && !source_.closes_quote(mark))
      report(source_.at(mark), "a quoted text must end in the line where it starts (for several lines write |)");
    const bool plain = tag == "?";
    Node node;
    node.kind = Node::Kind::scalar;
    node.at = source_.at(mark);
    node.value = text;
    if (plain && awaits_key() && text == "<<")
      report(node.at, "merge keys (<<) are not supported: write the entries out");
    if (plain) {
      TypedScalar typed = type_plain_scalar(text);
      node.kind = typed.kind;
      node.value = std::move(typed.value);
      if (!typed.diagnostic.empty() && !awaits_key()) report(node.at, std::move(typed.diagnostic));
    }
    add(std::move(node), plain);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, Node::Kind::sequence, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, Node::Kind::mapping, style);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A sequence or mapping that is not yet closed.
  struct Open {
    Node node;
    Entry entry = {};  ///< mapping: the key that has come and waits for its value
    bool has_key = false;
    bool drop_value = false;  ///< the key was refused
    bool in_flow = false;
    std::size_t diagnostics_before = 0;
    std::unordered_map<std::string, int> line_of_key = {};

    const Position& place() const { return has_key ? entry.key_at : node.at; }
  };

  bool awaits_key() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::mapping && !open_.back().has_key;
  }

  void report(const Position& at, std::string message) { diagnostics_.push_back({at, std::move(message)}); }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      report(source_.at(mark), "anchors (&name) are not supported: write the value out where it is needed");
  }
  /// Rejects tags. yaml-cpp gives "?" for plain and "!" for quoted scalars; a lone ! gives "!" too, at the mark.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if ((tag != "?" && tag != "!") || source_.has_at(mark, "!"))
      report(source_.at(mark), "tags (!name) are not supported: quote a text, write a number without quotes");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind,
            YAML::EmitterStyle::value style) {
    if (open_.size() >= static_cast<std::size_t>(max_config_depth)) {
      report(source_.at(mark), fmt::format("nested more than {} deep", max_config_depth));
      throw ConfigError(diagnostics_);
    }
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Open opened;
    opened.in_flow = style == YAML::EmitterStyle::Flow;
    opened.diagnostics_before = diagnostics_.size();
    opened.node.kind = kind;
    opened.node.at = source_.at(mark);
    open_.push_back(std::move(opened));
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node), false);
  }

  /// Adds a node. `plain`: it is an unquoted scalar that is written in the text.
  void add(Node node, bool plain) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == Node::Kind::sequence) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().has_key) {
      add_key(open_.back(), node, plain);
    } else {
      Open& mapping = open_.back();
      mapping.entry.value = std::move(node);
      if (!mapping.drop_value) mapping.node.entries.push_back(std::move(mapping.entry));
      mapping.has_key = false;
    }
  }

  void add_key(Open& mapping, const Node& key, bool plain) {
    mapping.entry = {};
    mapping.entry.key_at = key.at;
    mapping.has_key = true;
    const auto* text = std::get_if<std::string>(&key.value);
    const bool is_text = key.kind == Node::Kind::scalar && text != nullptr;
    mapping.drop_value = !is_text || (plain && *text == "<<");
    if (!is_text) {
      report(key.at, "a key must be a text: quote it if it is meant to be one");
    } else if (!mapping.drop_value) {
      const auto [first, is_new] = mapping.line_of_key.emplace(*text, key.at.line);
      if (!is_new) report(key.at, fmt::format("duplicate key '{}' (first in line {})", *text, first->second));
      mapping.drop_value = !is_new;
      mapping.entry.key = *text;
    }
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  Node root_;
  std::vector<Open> open_;
};

/// Handler that stops at the start of a second document.
class NothingMore : public YAML::EventHandler {
 public:
  struct Found {
    YAML::Mark mark;
  };
  void OnDocumentStart(const YAML::Mark& mark) override { throw Found{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

Node read_document(const Source& source, Diagnostics& diagnostics) {
  std::istringstream stream{std::string(source.text())};
  YAML::Parser parser(stream);
  TreeBuilder builder(source, diagnostics);
  bool is_there = false;
  try {
    is_there = parser.HandleNextDocument(builder);
  } catch (const YAML::Exception&) {
    builder.forget_open_flow();
    throw;
  }
  if (is_there) {
    try {
      NothingMore nothing_more;
      parser.HandleNextDocument(nothing_more);
    } catch (const NothingMore::Found& found) {
      diagnostics.push_back(
          {source.at(found.mark), "this does not belong to the document above: one file holds one YAML document"});
    }
  }
  Node root = builder.take_root();
  if (root.at.line == 0) root.at = source.at(std::size_t{0});
  return root;
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& name, Diagnostics& diagnostics) {
  const auto give_up = [&](const Position& at, std::string message) {
    diagnostics.push_back({at, std::move(message)});
    throw ConfigError(diagnostics);
  };
  if (text.size() > max_config_bytes)
    give_up({name, 0, 0}, fmt::format("{} bytes long: a config has at most {}", text.size(), max_config_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const Source source(text, name);
  if (const auto fault = find_text_fault(text)) give_up(source.at(fault->offset), fault->message);
  try {
    return read_document(source, diagnostics);
  } catch (const ConfigError&) {
    throw;
  } catch (const YAML::Exception& error) {
    give_up(source.at(error.mark), "not YAML: " + error.msg);
  } catch (const std::runtime_error& error) {
    give_up({name, 0, 0}, fmt::format("not YAML: {}", error.what()));
  }
  return {};
}

}  // namespace pathquant
