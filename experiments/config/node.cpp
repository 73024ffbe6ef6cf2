#include "experiments/config/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace pathquant {
namespace {

/// Sources in the order in which they came, the complaints of each in the order of the file, each once.
Complaints in_order(Complaints complaints) {
  std::set<std::tuple<std::string, int, int, std::string>> seen;
  std::erase_if(complaints, [&](const Complaint& complaint) {
    const Position& at = complaint.at;
    return !seen.emplace(at.source, at.line, at.column, complaint.message).second;
  });
  std::map<std::string, int> rank;
  for (const Complaint& complaint : complaints) rank.emplace(complaint.at.source, static_cast<int>(rank.size()));
  const auto place = [&](const Complaint& complaint) {
    return std::tuple(rank.at(complaint.at.source), complaint.at.line, complaint.at.column);
  };
  std::stable_sort(complaints.begin(), complaints.end(),
                   [&](const Complaint& a, const Complaint& b) { return place(a) < place(b); });
  return complaints;
}

std::string in_lines(const Complaints& complaints) {
  std::string text;
  for (const Complaint& complaint : complaints)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", to_text(complaint.at), complaint.message);
  return text;
}

}  // namespace

std::string to_text(const Position& position) {
  if (position.line == 0) return position.source;
  return fmt::format("{}:{}:{}", position.source, position.line, position.column);
}

Complaint complain_of(std::string source, std::string message) {
  Complaint complaint;
  complaint.at.source = std::move(source);
  complaint.message = std::move(message);
  return complaint;
}

ConfigError::ConfigError(Complaints complaints)
    : std::runtime_error(in_lines(in_order(complaints))), complaints_(in_order(std::move(complaints))) {}

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

}  // namespace pathquant
