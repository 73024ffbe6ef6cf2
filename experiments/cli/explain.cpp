// `list` and `explain`: everything here comes from the registries.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <sstream>

#include "core/bounds/shared/bound.hpp"
#include "core/bounds/shared/wording.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/config/expression.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant::cli {
namespace {

struct Item {
  std::string registry;
  const Description* description;
  std::string note;
  const ColumnTable* columns = nullptr;  ///< of an experiment
};

template <class Entry>
void append(std::vector<Item>& items, const std::string& registry,
            const std::function<std::string(const Entry&)>& note) {
  for (const Entry* entry : Registry<Entry>::instance().all())
    items.push_back({registry, &entry->description, note(*entry)});
}

std::vector<Item> all_items() {
  std::vector<Item> items;
  append<QuantizerEntry>(items, "quantizers", [](const auto&) { return ""; });
  append<BoundEntry>(items, "bounds", [](const BoundEntry& line) { return to_text(line.kind); });
  append<InputEntry>(items, "inputs", [](const InputEntry& e) { return e.dataset ? "dataset" : "distribution"; });
  append<WeightEntry>(items, "weights", [](const auto&) { return "distribution"; });
  for (const ExperimentEntry* entry : Registry<ExperimentEntry>::instance().all())
    items.push_back({"experiments", &entry->description, "", &entry->columns});
  return items;
}

// Lines of the text stay lines; one that is too long for a terminal goes on below.
void print_block(const char* title, const std::string& text) {
  constexpr std::size_t longest = 110;
  if (text.empty()) return;
  fmt::print("\n{}\n", title);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    while (line.size() > longest && line.rfind(' ', longest) != std::string::npos && line.rfind(' ', longest) > 0) {
      const std::size_t space = line.rfind(' ', longest);
      fmt::print("  {}\n", line.substr(0, space));
      line.erase(0, space + 1);
    }
    fmt::print("  {}\n", line);
  }
}

void print_parameters(const ParameterTable& table) {
  if (table.empty()) return;
  std::size_t width = 0;
  for (const Parameter& parameter : table) width = std::max(width, parameter.name.size());
  fmt::print("\nparameters\n");
  bool numbers = false;
  for (const Parameter& parameter : table) {
    std::string rule = admissible(parameter);
    if (parameter.standard) rule += fmt::format("; default {}", to_text(*parameter.standard));
    if (parameter.must_be_given) rule += "; required";
    fmt::print("  {:<{}}  {}\n  {:<{}}    ({})\n", parameter.name, width, parameter.meaning, "", width, rule);
    numbers = numbers || parameter.type == ValueType::integer || parameter.type == ValueType::real;
  }
  if (numbers)
    fmt::print(
        "  a number may be an expression of the cell's other numbers, such as 'log2(log2(width)) + 2':\n"
        "  + - * / ^ ( ), {}, and columns of the results\n",
        fmt::join(expression_functions(), ", "));
}

void print_columns(const ColumnTable& table) {
  std::size_t width = 0;
  for (const Column& column : table) width = std::max(width, column.name.size());
  fmt::print("\nmeasured columns\n");
  for (const Column& column : table) {
    const std::string unit = column.unit.empty() ? "" : fmt::format(" ({})", column.unit);
    fmt::print("  {:<{}}  {}{}\n", column.name, width, column.meaning, unit);
  }
}

int list(const std::string& what) {
  const std::vector<Item> items = all_items();
  std::vector<std::string> registries;
  std::size_t width = 0;
  for (const Item& item : items) {
    if (registries.empty() || registries.back() != item.registry) registries.push_back(item.registry);
    width = std::max(width, item.description->name.size());
  }
  if (!what.empty() && std::find(registries.begin(), registries.end(), what) == registries.end())
    throw UsageError(fmt::format("there is no list of '{}'{}", what, suggestion(what, registries)));
  std::string registry;
  for (const Item& item : items) {
    if (!what.empty() && item.registry != what) continue;
    if (item.registry != registry) fmt::print("{}{}\n", registry.empty() ? "" : "\n", item.registry);
    registry = item.registry;
    const auto& plugin = item.description->plugin;
    const std::string note = item.note.empty() ? "" : fmt::format(" [{}]", item.note);
    const std::string origin = plugin ? fmt::format(" [plugin {} {}]", plugin->name, plugin->version) : "";
    fmt::print("  {:<{}}  {}{}{}\n", item.description->name, width, item.description->summary, note, origin);
  }
  return all_good;
}

int explain(const std::string& name) {
  const std::vector<Item> items = all_items();
  std::vector<std::string> names;
  bool found = false;
  for (const Item& item : items) {
    names.push_back(item.description->name);
    if (item.description->name != name) continue;
    const Description& d = *item.description;
    std::string kind = item.registry;
    kind.erase(kind.find_last_not_of('s') + 1);
    if (item.registry == "inputs" || item.registry == "weights") kind = item.registry;
    fmt::print("{}{} ({}{}{}, version {})\n  {}\n", found ? "\n" : "", d.name, kind, item.note.empty() ? "" : ": ",
               item.note, d.version, d.summary);
    found = true;
    print_block("formula", d.formula);
    if (item.registry == "bounds") print_block("symbols", wording::symbols);
    print_block("hypotheses", d.hypotheses);
    print_parameters(d.parameters);
    if (item.columns != nullptr) print_columns(*item.columns);
    print_block("source", d.source);
    if (d.plugin) print_block("plugin", fmt::format("{} {}, {}", d.plugin->name, d.plugin->version, d.plugin->path));
  }
  if (!found)
    throw UsageError(
        fmt::format("nothing is called '{}'{}: runsweep list shows all names", name, suggestion(name, names)));
  return all_good;
}

CommandEntry::Run set_up_list(CLI::App& parser) {
  const auto what = std::make_shared<std::string>();
  parser.add_option("what", *what, "quantizers, bounds, inputs, weights or experiments (default: all)");
  return [what](const auto&) { return list(*what); };
}

CommandEntry::Run set_up_explain(CLI::App& parser) {
  const auto name = std::make_shared<std::string>();
  parser.add_option("name", *name, "a name that runsweep list shows")->required()->type_name("NAME");
  return [name](const auto&) { return explain(*name); };
}

const Registered<CommandEntry> list_command(CommandEntry("list",
                                                         "Lists quantizers, bounds, inputs, weights and experiments",
                                                         set_up_list, CommandEntry::RefusedPlugin::is_an_error));
const Registered<CommandEntry> explain_command(
    CommandEntry("explain", "Explains one of them: formula, hypotheses, parameters, source", set_up_explain,
                 CommandEntry::RefusedPlugin::is_an_error));

}  // namespace
}  // namespace pathquant::cli
