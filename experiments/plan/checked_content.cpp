#include "experiments/plan/checked_content.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/json_text.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

bool is_layer(const json& layer) {
  const auto is_object_if_there = [&](const char* key) { return !layer.contains(key) || layer[key].is_object(); };
  return layer.is_object() && layer.contains("record") && layer["record"].is_object() && layer.contains("layer") &&
         layer["layer"].is_primitive() && is_object_if_there("statistics") && is_object_if_there("columns");
}

bool has_layers(const json& content) {
  const auto layers = content.find("layers");
  return layers != content.end() && layers->is_array() && !layers->empty() &&
         std::all_of(layers->begin(), layers->end(), is_layer);
}

bool has_error(const json& content) {
  const auto error = content.find("error");
  return error != content.end() && error->is_string();
}

}  // namespace

StoreError damaged_content(const std::string& cell_id, std::int64_t trial, const std::string& what) {
  return StoreError(
      fmt::format("what is stored of cell {}, trial {} is damaged: {}; --force runs it again", cell_id, trial, what));
}

json checked_content(const StoredTask& task) {
  json content = parsed_json<json>(task.content);
  const bool is_right = content.is_object() && (task.status == "ok" ? has_layers(content) : has_error(content));
  if (!is_right) throw damaged_content(task.cell_id, task.trial, "its content is not of the shape that is written");
  return content;
}

}  // namespace pathquant
