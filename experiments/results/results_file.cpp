#include "experiments/results/results_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "experiments/experiment.hpp"
#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant {
namespace {

void append_rows(std::string& text, const char* key, const std::vector<Row>& rows) {
  text += fmt::format(",\n\"{}\": [", key);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += to_json(rows[i]);
  }
  text += rows.empty() ? "]" : "\n]";
}

// What the results are compared by: everything from the first row on, without the times.
std::string without_context_and_times(const Results& results) {
  std::vector<Row> records = results.records;
  for (Row& record : records) record["seconds"] = nullptr;
  std::string text;
  append_rows(text, "records", records);
  append_rows(text, "bounds", results.bounds);
  append_rows(text, "summary", results.summary);
  return text;
}

bool holds_rows(const nlohmann::ordered_json& file, const char* key) {
  const auto rows = file.find(key);
  return rows != file.end() && rows->is_array() &&
         std::all_of(rows->begin(), rows->end(), [](const Row& row) { return row.is_object(); });
}

bool says_the_same(const std::filesystem::path& file, const nlohmann::ordered_json& context, const Results& results) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return false;
  const auto present = nlohmann::ordered_json::parse(stream, nullptr, false);
  if (!present.is_object() || present.value("schema", Row()) != results_schema) return false;
  for (const char* key : {"records", "bounds", "summary"})
    if (!holds_rows(present, key)) return false;
  const Row before_context = present.value("context", Row());
  if (!before_context.is_object() || before_context.value("config", Row()) != context.at("config")) return false;
  const auto rows = [&](const char* key) { return present[key].get<std::vector<Row>>(); };
  Results before;
  before.records = rows("records");
  before.bounds = rows("bounds");
  before.summary = rows("summary");
  return without_context_and_times(before) == without_context_and_times(results);
}

}  // namespace

bool write_results(const std::filesystem::path& file, const nlohmann::ordered_json& context, const Results& results) {
  if (says_the_same(file, context, results)) return false;
  std::string text = fmt::format("{{\"schema\": {},\n\"context\": {}", to_json(Row(results_schema)), to_json(context));
  append_rows(text, "records", results.records);
  append_rows(text, "bounds", results.bounds);
  append_rows(text, "summary", results.summary);
  text += "}\n";
  write_atomically(file, text);
  return true;
}

}  // namespace pathquant
