#include "experiments/report/results_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "experiments/json_text.hpp"
#include "experiments/store/atomic_file.hpp"
#include "experiments/store/store.hpp"
#include "experiments/task/experiment.hpp"

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

// What results are compared by: the rows of a table, without the times.
std::string without_times(const char* key, std::vector<Row> rows) {
  for (Row& row : rows)
    if (row.contains("seconds")) row["seconds"] = nullptr;
  std::string text;
  append_rows(text, key, rows);
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
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto present = parsed_json<nlohmann::ordered_json>(text);
  if (!present.is_object() || present.value("schema", Row()) != results_schema) return false;
  const Row before = present.value("context", Row());
  if (!before.is_object()) return false;
  for (const char* key : {"config", "columns"})
    if (before.value(key, Row()) != context.at(key)) return false;
  const auto tables = results.tables();
  return std::all_of(tables.begin(), tables.end(), [&](const auto& table) {
    const auto& [key, rows] = table;
    return holds_rows(present, key) &&
           without_times(key, present[key].template get<std::vector<Row>>()) == without_times(key, *rows);
  });
}

}  // namespace

void check_results_file(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) return;
  throw StoreError(
      fmt::format("{} is {} where results are to be written: move it away, or choose another folder with "
                  "--output",
                  file.string(), std::filesystem::is_directory(status) ? "a folder" : "a device, pipe or socket"));
}

bool write_results(const std::filesystem::path& file, const nlohmann::ordered_json& context, const Results& results) {
  check_results_file(file);
  make_folder(file.has_parent_path() ? file.parent_path() : ".");
  if (says_the_same(file, context, results)) return false;
  std::string text = fmt::format("{{\"schema\": {},\n\"context\": {}", to_json(Row(results_schema)), to_json(context));
  for (const auto& [key, rows] : results.tables()) append_rows(text, key, *rows);
  text += "}\n";
  write_atomically(file, text);
  return true;
}

}  // namespace pathquant
