// A YAML document with the place of every key and value, read strictly: what yaml-cpp would accept and silently bend is
// refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/parameters.hpp"

namespace pathquant {

/// Where something was written. `source` is the file's name as the user gave it, or "command line"; line and column
/// count from 1.
struct Position {
  std::string source;
  int line = 0;
  int column = 0;
};
/// "configs/a.yaml:3:7", or the source alone where there is no line.
std::string to_text(const Position& position);

/// One thing that is wrong with a config.
struct Diagnostic {
  Position at;
  std::string message;
};
using Diagnostics = std::vector<Diagnostic>;

/// About a source as a whole: a file, or an argument of the command line.
Diagnostic diagnostic_at(std::string source, std::string message);

/// All that is wrong, one `file:line:column: message` a line, in the order of the file and each once, however many
/// cells found it.
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
  bool inherited = false;      ///< was meant for another quantizer or law: dropped where the new one does not know it

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
/// otherwise text; quoted ones are text. Adds a diagnostic for a duplicate key (the first counts), a key that is not a
/// text, a number with a leading zero or out of range or not finite, an anchor, alias, tag or merge key, a control
/// character, and more than one document; goes on reading where it can. Throws ConfigError, with all diagnostics so far,
/// when the text is not YAML, not UTF-8, larger than max_config_bytes or nested over max_config_depth deep. Columns
/// count characters. A null that is not written is where its key is, or its list.
Node parse_yaml(std::string_view text, const std::string& source, Diagnostics& diagnostics);

/// One scalar, or a list `a,b,c`, as on the command line (`key=2,3,4`): typed as in a file. Commas within quotes or
/// brackets do not separate (`max(1,width)` is one text); what starts with a quote, [ or { is YAML. Positions have no
/// line. Throws ConfigError for an empty value and for all that parse_yaml reports of.
Node parse_command_line_value(std::string_view text, const std::string& source);

/// " (did you mean 'x'?)" for the candidate nearest to `wrong` when it is near enough, otherwise "". Near: at most a
/// third of the characters of `wrong` (at least one) mistyped, case aside; of equally near ones the first.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates);

}  // namespace pathquant
