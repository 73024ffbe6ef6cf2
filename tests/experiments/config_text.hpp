// Configs written in the tests, read like files of `runsweep`.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "tests/temporary_folder.hpp"

namespace pathquant::testing {

/// A small layer, for the tests that are about something else.
inline const std::string small_layer =
    "inputs: {distribution: gaussian, samples: 4, width: 8}\n"
    "weights: {distribution: uniform, neurons: 2}\n"
    "quantizer: {name: msq, alphabet: {levels: 3, step: 1}}\n";

struct ReadConfig {
  Config config;
  Diagnostics diagnostics;
};

inline ReadConfig read(const std::string& text, const std::vector<Override>& overrides = {}) {
  const pathquant::testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "stem.yaml";
  std::ofstream(file) << text;
  ReadConfig result;
  result.config = read_config(parse_config(file, overrides, result.diagnostics), result.diagnostics);
  return result;
}

/// "3:7: message" for what stands in the file, "key: message" for what stands on the command line.
inline std::vector<std::string> in_short(const Diagnostics& diagnostics) {
  const std::string line = "command line: ";
  const ConfigError error(diagnostics);
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : error.diagnostics()) {
    const std::string place = to_text(diagnostic.at);
    const std::size_t file = place.find("stem.yaml:");
    texts.push_back((file != std::string::npos ? place.substr(file + 10)
                     : place.starts_with(line) ? place.substr(line.size())
                                               : place) +
                    ": " + diagnostic.message);
  }
  return texts;
}

/// All that is said of the general keys.
inline std::vector<std::string> said_of(const std::string& text, const std::vector<Override>& overrides = {}) {
  try {
    return in_short(read(text, overrides).diagnostics);
  } catch (const ConfigError& error) {
    return in_short(error.diagnostics());
  }
}

inline Plan plan_of(const std::string& text, const std::vector<Override>& overrides = {}) {
  ReadConfig result = read(text, overrides);
  return make_plan(std::move(result.config), std::move(result.diagnostics));
}

/// All that is said of a sweep.
inline std::vector<std::string> said_of_plan(const std::string& text, const std::vector<Override>& overrides = {}) {
  try {
    plan_of(text, overrides);
  } catch (const ConfigError& error) {
    return in_short(error.diagnostics());
  }
  return {};
}

/// The values of some columns of every cell, in plan order: "width=8 neurons=2".
inline std::vector<std::string> cells_of(const Plan& plan, const std::vector<std::string>& columns) {
  std::vector<std::string> texts;
  for (const PlannedCell& planned : plan.cells) {
    std::string text;
    for (const std::string& column : columns) {
      const nlohmann::ordered_json* value = find_column(*planned.cell, column);
      const std::string shown = value == nullptr ? "-" : value->is_string() ? value->get<std::string>() : value->dump();
      text += (text.empty() ? "" : " ") + shown;
    }
    texts.push_back(text);
  }
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace pathquant::testing

/// CellSummaryRow where a comparison fails.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += "\n  " + text;
    return all.c_str();
  }
};
