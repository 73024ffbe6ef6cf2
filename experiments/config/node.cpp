#include "experiments/config/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace pathquant {
namespace {

/// Sorts diagnostics: sources in the order of their first diagnostic, then by position. Removes duplicates.
Diagnostics in_order(Diagnostics diagnostics) {
  std::set<std::tuple<std::string, int, int, std::string>> seen;
  std::erase_if(diagnostics, [&](const Diagnostic& diagnostic) {
    const Position& at = diagnostic.at;
    return !seen.emplace(at.source, at.line, at.column, diagnostic.message).second;
  });
  std::map<std::string, int> rank;
  for (const Diagnostic& diagnostic : diagnostics) rank.emplace(diagnostic.at.source, static_cast<int>(rank.size()));
  const auto place = [&](const Diagnostic& diagnostic) {
    return std::tuple(rank.at(diagnostic.at.source), diagnostic.at.line, diagnostic.at.column);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  return diagnostics;
}

std::string in_lines(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", to_text(diagnostic.at), diagnostic.message);
  return text;
}

}  // namespace

std::string to_text(const Position& position) {
  if (position.line == 0) return position.source;
  return fmt::format("{}:{}:{}", position.source, position.line, position.column);
}

Diagnostic diagnostic_at(std::string source, std::string message) {
  Diagnostic diagnostic;
  diagnostic.at.source = std::move(source);
  diagnostic.message = std::move(message);
  return diagnostic;
}

ConfigError::ConfigError(Diagnostics diagnostics)
    : Error(in_lines(in_order(diagnostics))), diagnostics_(in_order(std::move(diagnostics))) {}

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

}  // namespace pathquant
