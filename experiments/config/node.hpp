// Config tree: a YAML document with the position of every key and value. The reader is strict: it rejects what yaml-cpp
// would silently reinterpret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/parameters.hpp"

namespace pathquant {

/// Position in a source. `source` is the file's name as the user gave it, or "command line". Line and column count from
/// 1.
struct Position {
  std::string source;
  int line = 0;
  int column = 0;
};
/// "configs/a.yaml:3:7", or the source alone for a position without a line.
std::string to_text(const Position& position);

/// Diagnostic: one error in a config.
struct Diagnostic {
  Position at;
  std::string message;
};
using Diagnostics = std::vector<Diagnostic>;

/// Diagnostic about a whole source: a file, or an argument of the command line.
Diagnostic diagnostic_at(std::string source, std::string message);

/// All errors of a config, one `file:line:column: message` a line, in the order of the file. An error that several
/// cells found is listed once.
class ConfigError : public Error {
 public:
  explicit ConfigError(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }
  bool begins_with_place() const override { return true; }

 private:
  Diagnostics diagnostics_;
};

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  Position at;
  Value value;                 ///< scalar: bool, integer, real or text
  std::vector<Node> items;     ///< sequence
  std::vector<Entry> entries;  ///< mapping, in the order of the file
  bool inherited = false;      ///< from a previous item: dropped if the new one lacks the parameter

  /// The value under `key` of a mapping, or nullptr.
  const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position key_at;
  Node value;
};

inline constexpr std::size_t max_config_bytes = 1 << 20;
inline constexpr int max_config_depth = 64;

/// Reads one YAML document. Plain scalars are `true`/`false`, null (`null`, `~`, nothing), integers, decimals,
/// otherwise text. Quoted scalars are text. Adds a diagnostic for a duplicate key (the first is used), a key that is
/// not a text, a number with a leading zero or out of range or not finite, an anchor, alias, tag or merge key, a
/// control character, and more than one document. Continues reading after an error where it can. Throws ConfigError,
/// with all diagnostics so far, when the text is not YAML, not UTF-8, larger than max_config_bytes or nested over
/// max_config_depth deep. Columns count characters. An implicit null has the position of its key or list.
Node parse_yaml(std::string_view text, const std::string& source, Diagnostics& diagnostics);

/// Reads a value of the command line (`key=2,3,4`): one scalar, or a list `a,b,c`, typed as in a file. Commas inside
/// quotes or brackets do not separate (`max(1,width)` is one text). A part that starts with a quote, [ or { is YAML.
/// Positions have no line. Throws ConfigError for an empty value and for every error that parse_yaml reports.
Node parse_command_line_value(std::string_view text, const std::string& source);

/// " (did you mean 'x'?)" for the candidate most similar to `wrong`, or "" if none is similar. Similar means: at most a
/// third of the characters of `wrong` (at least one) are mistyped, ignoring case. The first of equal candidates is
/// used.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates);

}  // namespace pathquant
