#include "experiments/cli/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/data/bytes.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"

namespace pathquant::cli {
namespace {

using nlohmann::json;

bool is_near(const json& a, const json& b) {
  constexpr double digits = 1e-9;
  if (!a.is_number_float() || !b.is_number_float()) return a == b;
  const auto [x, y] = std::pair(a.get<double>(), b.get<double>());
  return std::abs(x - y) <= digits * std::max(std::abs(x), std::abs(y));
}

void compare(const std::string& path, const json& said, const json& found, bool exactly,
             std::vector<std::string>& differences) {
  if (said.is_structured() && said.type() == found.type()) {
    const auto said_flat = said.flatten();
    const auto found_flat = found.flatten();
    for (const auto& [key, value] : said_flat.items())
      if (!found_flat.contains(key))
        differences.push_back(fmt::format("{}{} is {}, and is not found", path, key, value.dump()));
      else if (exactly ? found_flat.at(key) != value : !is_near(found_flat.at(key), value))
        differences.push_back(
            fmt::format("{}{} is {}, but {} is found", path, key, value.dump(), found_flat.at(key).dump()));
    for (const auto& [key, value] : found_flat.items())
      if (!said_flat.contains(key)) differences.push_back(fmt::format("{}{} is missing", path, key));
  } else if (said != found) {
    differences.push_back(fmt::format("{} is {}, but {} is found", path, said.dump(), found.dump()));
  }
}

using Is = bool (*)(const json&);

bool is_text(const json& value) {
  return value.is_string();
}
bool is_text_or_null(const json& value) {
  return value.is_string() || value.is_null();
}
bool is_count(const json& value) {
  return value.is_number_unsigned();
}
bool is_list_of_objects(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& row) { return row.is_object(); });
}
bool is_list_of_numbers(const json& value) {
  return value.is_object() &&
         std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_number() || one.is_null(); });
}
bool is_quantizer(const json& value) {
  if (value.is_null()) return true;
  if (!value.is_object() || !value.contains("name") || !value["name"].is_string()) return false;
  const auto parameters = value.find("parameters");
  return parameters != value.end() && parameters->is_object() &&
         std::all_of(parameters->begin(), parameters->end(),
                     [](const json& one) { return one.is_primitive() && !one.is_null(); });
}

// Every part, with what it must be.
constexpr std::pair<const char*, Is> parts[] = {
    {"/sha256", is_text},
    {"/version", is_text},
    {"/contents/weights", is_text},
    {"/contents/inputs", is_text_or_null},
    {"/contents/quantized_inputs", is_text_or_null},
    {"/contents/quantized", is_text},
    {"/quantizer", is_quantizer},
    {"/decisions", is_text},
    {"/reproduced", [](const json& value) { return value.is_boolean(); }},
    {"/seed", is_count},
    {"/layer", is_count},
    {"/probability", [](const json& value) { return value.is_number(); }},
    {"/precision", is_text},
    {"/shape/width", is_count},
    {"/shape/samples", is_count},
    {"/shape/neurons", is_count},
    {"/measured", is_list_of_numbers},
    {"/bounds", is_list_of_objects},
};

}  // namespace

std::string content_hash(const RowMatrix<double>& matrix) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes = fmt::format("{} {}\n", matrix.rows(), matrix.cols());
  const std::size_t start = bytes.size();
  const RowMatrix<double> plain = matrix.array() + 0.0;  // a zero has no sign
  bytes.resize(start + sizeof(double) * static_cast<std::size_t>(plain.size()));
  std::memcpy(bytes.data() + start, plain.data(), bytes.size() - start);
  return sha256_hex(bytes);
}

json sealed(json certificate) {
  certificate.erase("sha256");
  certificate["sha256"] = sha256_hex(canonical_json(certificate));
  return certificate;
}

json read_certificate(const std::filesystem::path& file) {
  constexpr std::size_t most_bytes = std::size_t{1} << 24;  // one has some kilobytes
  const Bytes bytes = read_bytes(file, most_bytes);
  json certificate = parsed_json<json>({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!certificate.is_object() || !certificate.contains("schema") || certificate["schema"] != certificate_schema)
    throw UsageError(fmt::format("{} is no certificate: it is not of schema {}", file.string(), certificate_schema));
  for (const auto& [pointer, is_right] : parts) {
    const json::json_pointer place(pointer);
    if (!certificate.contains(place))
      throw UsageError(fmt::format("{} is no complete certificate: {} is missing", file.string(), pointer + 1));
    if (!is_right(certificate.at(place)))
      throw UsageError(fmt::format("{} is no certificate: {} is not what it must be", file.string(), pointer + 1));
  }
  return certificate;
}

std::vector<std::string> contradictions(const json& certificate, const json& found) {
  std::vector<std::string> differences;
  if (sealed(certificate) != certificate)
    differences.emplace_back("sha256 is not that of its text: it was changed after it was written");
  const auto compare_part = [&](const char* part, bool exactly) {
    compare(part, certificate.value(part, json()), found.value(part, json()), exactly, differences);
  };
  for (const char* part : {"contents", "quantizer", "decisions", "seed", "layer", "precision", "shape", "reproduced"})
    compare_part(part, true);
  // Of another layer, everything else differs too.
  if (!differences.empty() && certificate.value("contents", json()) != found.value("contents", json()))
    return differences;
  compare_part("measured", true);
  compare_part("bounds", false);
  return differences;
}

}  // namespace pathquant::cli
