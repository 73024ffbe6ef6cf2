#include "experiments/measure/cell_reader.hpp"

#include <algorithm>

#include "core/metrics/metrics.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "core/quantizers/validated.hpp"
#include "experiments/config/config.hpp"
#include "experiments/measure/section_identity.hpp"

namespace pathquant {
namespace {

std::vector<std::string> input_names(bool datasets) {
  std::vector<std::string> names;
  for (const InputEntry* entry : Registry<InputEntry>::instance().all())
    if (entry->dataset == datasets) names.push_back(entry->description.name);
  return names;
}

// `fresh: 1000` is `fresh: {samples: 1000}`.
void write_fresh_in_full(Section& inputs) {
  auto given = inputs.given.extract("fresh");
  if (!given) return;
  given.key() = "fresh.samples";
  inputs.given.insert(std::move(given));
}

template <class Entry>
void declare(NamedSection<Entry>& named, CellValues& values) {
  if (!named.section) return;
  named.named = Registry<Entry>::instance().find(named.section->name);
  values.add(*named.section, named.named->description.parameters + named.shape, family_of<Entry>());
}

}  // namespace

CellReader::CellReader(const CellRequest& request, Diagnostics& diagnostics)
    : request_(request), diagnostics_(diagnostics), before_(diagnostics.size()), values_(diagnostics) {
  setup.seed = request.seed;
  setup.precision = read_precision(request.tree, diagnostics);
  setup.columns.emplace_back("precision", to_text(setup.precision));
  setup.identity = {{"schema", results_schema},
                    {"seed", std::to_string(setup.seed)},
                    {"precision", to_text(setup.precision)},
                    {"network", nullptr},
                    {"metrics", metrics_version}};
}

void CellReader::check_keys(const std::vector<std::string>& further) {
  std::vector<std::string> known = {"precision", "inputs", "weights", "quantizer"};
  known.insert(known.end(), further.begin(), further.end());
  std::vector<std::string> candidates = known;
  for (const char* general : {"name", "experiment", "seed", "trials", "sweep", "bounds", "probability", "plot",
                              "plugins", "width", "samples", "neurons"})
    candidates.emplace_back(general);
  for (const Entry& entry : request_.tree.entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      diagnostics_.push_back(
          {entry.key_at, fmt::format("unknown key '{}'{}", entry.key, suggestion(entry.key, candidates))});
}

NamedSection<InputEntry> CellReader::inputs(ParameterTable shape) {
  NamedSection<InputEntry> named{
      read_section(request_.tree, "inputs", {{"distribution", input_names(false)}, {"dataset", input_names(true)}},
                   diagnostics_),
      nullptr, std::move(shape)};
  if (named.section) write_fresh_in_full(*named.section);
  declare(named, values_);
  return named;
}

NamedSection<WeightEntry> CellReader::weights(ParameterTable shape) {
  NamedSection<WeightEntry> named{
      read_section(request_.tree, "weights", {{"distribution", Registry<WeightEntry>::instance().names()}},
                   diagnostics_),
      nullptr, std::move(shape)};
  declare(named, values_);
  return named;
}

NamedSection<QuantizerEntry> CellReader::quantizer() {
  NamedSection<QuantizerEntry> named{
      read_section(request_.tree, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}}, diagnostics_)};
  declare(named, values_);
  return named;
}

Section CellReader::numbers(const std::string& name, const ParameterTable& table) {
  Section section;
  section.section = name;
  if (const Node* node = request_.tree.find(name); node != nullptr && node->kind == Node::Kind::mapping) {
    section.at = node->at;
    for (const Entry& given : node->entries)
      if (given.value.kind != Node::Kind::null)
        section.given[given.key] = {given.value.value, given.value.at, given.key_at, given.value.inherited};
  }
  values_.add(section, table, {});
  return section;
}

void CellReader::take_quantizer(const NamedSection<QuantizerEntry>& named) {
  const Parameters parameters = this->parameters(named);
  attempt(named, [&] {
    setup.quantizer = make_quantizer(named.entry(), parameters);
    if (!setup.quantizer->traits().own_levels) {
      setup.alphabet = std::make_shared<AlphabetRule>(parameters);
      check_levels_rule(*setup.alphabet, setup.quantizer->traits());
    }
  });
  setup.identity["quantizer"] = section_identity(*named.section, named.entry().description, parameters);
  attempt(named, [&] { setup.files.add(setup.quantizer->files(), setup.identity["quantizer"]); });
  setup.may_differ = named.entry().untrusted;  // a program of its own, which may draw as it likes
  take(named, parameters, named.entry().untrusted);
}

void CellReader::report(const Section& section, const char* what) {
  diagnostics_.push_back({section.at, fmt::format("{} '{}': {}", section.section, section.name, what)});
  throw CellValues::Invalid();
}

void CellReader::add_columns(const Section& section, const Parameters& parameters) {
  setup.columns.emplace_back(section.section + "_" + section.selector, section.name);
  for (const auto& [name, value] : parameters.values()) {
    if (name == "samples" || name == "width" || name == "neurons" || name == "fresh.samples") continue;
    setup.columns.emplace_back(column_name(section.section + "." + name),
                               std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value));
  }
}

// Records say which plugin brought something, and the engine which part of a cell is not the program's own.
void CellReader::note_origin(const Section& section, const Description& description, bool untrusted) {
  if (!description.plugin && !untrusted) return;
  const std::string title = description.plugin ? description.plugin->title() : description.name;
  if (description.plugin)
    setup.columns.emplace_back(section.section + "_plugin",
                               description.plugin->name + " " + description.plugin->version);
  if (setup.untrusted.find(title) == std::string::npos)
    setup.untrusted += (setup.untrusted.empty() ? "" : ", ") + title;
}

Index size_of(const Parameters& parameters, const std::string& name, std::optional<Index> available) {
  if (!parameters.has(name)) throw std::invalid_argument(fmt::format("{} is missing", name));
  const Index size = parameters.integer(name);
  if (available && size > *available)
    throw std::invalid_argument(fmt::format("{} is {}, but the data have {}", name, size, *available));
  return size;
}

}  // namespace pathquant
