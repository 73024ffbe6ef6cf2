#include "experiments/config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/bounds/shared/bound.hpp"

namespace pathquant {
namespace {

const ParameterTable& general_parameters() {
  static const ParameterTable table = {
      word("name", {}, "the results' folder; default: the file's name"),
      word("experiment", {}, "what a cell measures").defaults_to("layer"),
      integer("seed", "seed of every random stream").at_least(0).defaults_to(std::int64_t{0}),
      integer("trials", "independent repetitions of every cell").at_least(1).at_most(1e9).defaults_to(std::int64_t{1}),
      real("probability", "probability with which probabilistic bounds hold")
          .above(0)
          .at_most(1 - 1e-15)
          .defaults_to(0.99),
  };
  return table;
}

// `trials: {until: 0.02, of: relative_squared_error, max: 200}`
const ParameterTable& stop_parameters() {
  static const ParameterTable table = {
      real("trials.until", "largest relative half-width of the 95 % interval of a cell's mean")
          .above(0)
          .at_most(1)
          .required(),
      integer("trials.max", "most trials of a cell").at_least(2).at_most(1e9).required(),
      integer("trials.batch", "number of trials between checks of the mean")
          .at_least(2)
          .at_most(1e6)
          .defaults_to(std::int64_t{20})};
  return table;
}

const std::vector<std::string> structural_keys = {"sweep", "bounds", "plot", "measure", "plugins"};

// Reads the general keys of the document. The remaining keys become the base of every cell.
class Reader {
 public:
  Reader(Config& config, Diagnostics& diagnostics) : config_(config), diagnostics_(diagnostics) {}

  void read(const Node& document, const std::string& stem) {
    config_.name = stem;
    config_.base.kind = Node::Kind::mapping;
    config_.base.at = document.at;
    for (const Entry& entry : document.entries) {
      if (const Parameter* parameter = find(general_parameters(), entry.key)) {
        read_general(*parameter, entry.value);
      } else if (entry.key == "sweep") {
        read_sweep(entry.value);
      } else if (entry.key == "bounds") {
        read_bounds(entry.value);
      } else if (entry.key == "plot") {
        read_plot(entry.value);
      } else if (entry.key != "plugins") {
        config_.base.entries.push_back(entry);
      }
    }
    if (config_.blocks.empty()) config_.blocks.emplace_back();
  }

 private:
  void report(const Position& at, std::string message) { diagnostics_.push_back({at, std::move(message)}); }

  void read_stop_rule(const Node& node) {
    static const std::vector<std::string> keys = {"until", "of", "max", "batch"};
    const auto known = [](const Entry& entry) { return std::find(keys.begin(), keys.end(), entry.key) != keys.end(); };
    if (std::none_of(node.entries.begin(), node.entries.end(), known))
      return report(node.at, fmt::format("trials must be {}, or {{until: .., of: .., max: ..}}",
                                         admissible(*find(general_parameters(), "trials"))));
    std::map<std::string, Value> given;
    const std::size_t before = diagnostics_.size();
    StopRule rule;
    for (const Entry& entry : node.entries) {
      const Parameter* parameter = find(stop_parameters(), "trials." + entry.key);
      if (entry.key == "of") {
        const auto* text =
            entry.value.kind == Node::Kind::scalar ? std::get_if<std::string>(&entry.value.value) : nullptr;
        if (text == nullptr) report(entry.value.at, "trials.of must be the name of a measured column");
        if (text != nullptr) rule.metric = *text;
        rule.metric_at = entry.value.at;
        continue;
      }
      if (parameter == nullptr) {
        report(entry.key_at, fmt::format("unknown key '{}' in trials{}", entry.key, suggestion(entry.key, keys)));
        continue;
      }
      try {
        if (entry.value.kind != Node::Kind::scalar)
          throw std::invalid_argument(fmt::format("{} must be {}", parameter->name, admissible(*parameter)));
        given[parameter->name] = conform(*parameter, entry.value.value);
      } catch (const std::invalid_argument& error) {
        report(entry.value.at, error.what());
      }
    }
    for (const Parameter& parameter : stop_parameters())
      if (parameter.must_be_given && node.find(parameter.name.substr(7)) == nullptr)
        report(node.at, fmt::format("{} is missing: {}", parameter.name, parameter.meaning));
    if (node.find("of") == nullptr)
      report(node.at, "trials.of is missing: the measured column whose mean is estimated");
    if (diagnostics_.size() > before) return;
    const Parameters parameters(stop_parameters(), given);
    config_.trials = parameters.integer("trials.max");
    rule.until = parameters.real("trials.until");
    rule.batch = parameters.integer("trials.batch");
    config_.stop = std::move(rule);
  }

  void read_general(const Parameter& parameter, const Node& node) {
    if (parameter.name == "trials" && node.kind == Node::Kind::mapping) return read_stop_rule(node);
    if (node.kind != Node::Kind::scalar)
      return report(node.at, fmt::format("{} must be {}", parameter.name, admissible(parameter)));
    try {
      if (parameter.type == ValueType::word) {
        const auto* text = std::get_if<std::string>(&node.value);
        if (text == nullptr) throw std::invalid_argument(fmt::format("{} must be a text", parameter.name));
        if (parameter.name == "name") return read_name(*text, node.at);
        config_.experiment = *text;
        config_.experiment_at = node.at;
        return;
      }
      const Value value = conform(parameter, node.value);
      if (parameter.name == "seed") config_.seed = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
      if (parameter.name == "trials") config_.trials = std::get<std::int64_t>(value);
      if (parameter.name == "probability") config_.probability = std::get<double>(value);
    } catch (const std::invalid_argument& error) {
      report(node.at, error.what());
    }
  }

  void read_name(const std::string& name, const Position& at) {
    const bool plain = !name.empty() && name.front() != '.' &&
                       std::all_of(name.begin(), name.end(),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; });
    if (!plain) return report(at, "name becomes a folder: letters, digits, '_', '-' and '.' only");
    config_.name = name;
  }

  void read_bounds(const Node& node) {
    const auto* word = node.kind == Node::Kind::scalar ? std::get_if<std::string>(&node.value) : nullptr;
    if (word != nullptr && (*word == "all" || *word == "none")) {
      config_.bounds = {*word == "all", {}};
      return;
    }
    config_.bounds = {false, {}};
    std::vector<Node> names = node.items;
    if (word != nullptr) names = {node};
    if (names.empty()) return report(node.at, "bounds must be all, none, or a list of names");
    for (const Node& item : names) {
      const auto* name = item.kind == Node::Kind::scalar ? std::get_if<std::string>(&item.value) : nullptr;
      if (name == nullptr || Registry<BoundEntry>::instance().find(*name) == nullptr) {
        std::vector<std::string> known = Registry<BoundEntry>::instance().names();
        known.insert(known.end(), {"all", "none"});
        const std::string text = name == nullptr ? "?" : *name;
        report(item.at, fmt::format("there is no bound '{}'{}", text, suggestion(text, known)));
      } else {
        config_.bounds.names.push_back(*name);
      }
    }
  }

  void read_plot(const Node& node) {
    static const std::vector<std::string> known = {"kind",   "x",     "y",     "series", "scale", "panel",
                                                   "panels", "title", "lines", "of",     "target"};
    if (node.kind != Node::Kind::mapping) return report(node.at, "plot must be a mapping: x, y, series, scale, ...");
    for (const Entry& entry : node.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        report(entry.key_at, fmt::format("unknown key '{}' in plot{}", entry.key, suggestion(entry.key, known)));
    config_.plot = node;
  }

  void read_sweep(const Node& node) {
    if (node.kind == Node::Kind::mapping) return read_block(node);
    if (node.kind != Node::Kind::sequence || node.items.empty())
      return report(node.at, "sweep must be a block with grid, zip and exclude, or a list of such blocks");
    for (const Node& block : node.items) read_block(block);
  }

  void read_block(const Node& node) {
    if (node.kind != Node::Kind::mapping)
      return report(node.at, "a block of sweep is a mapping with grid, zip, exclude");
    SweepBlock block;
    for (const Entry& entry : node.entries) {
      if (entry.key == "grid") {
        block.grid = read_axes(entry.value, "grid");
        if (entry.value.kind == Node::Kind::mapping && entry.value.entries.empty())
          report(entry.value.at, "grid is empty: give at least one key with a list of values");
      } else if (entry.key == "zip") {
        block.zip = read_axes(entry.value, "zip");
      } else if (entry.key == "exclude") {
        read_exclusions(entry.value, block);
      } else {
        report(entry.key_at, fmt::format("unknown key '{}' in sweep{}", entry.key,
                                         suggestion(entry.key, {"grid", "zip", "exclude"})));
      }
    }
    for (const Axis& axis : block.zip) {
      if (axis.values.size() != block.zip.front().values.size())
        report(axis.at, fmt::format("zip runs its lists in step: {} has {} values but {} has {}", axis.path,
                                    axis.values.size(), block.zip.front().path, block.zip.front().values.size()));
      for (const Axis& other : block.grid)
        if (other.path == axis.path) report(axis.at, fmt::format("{} is both in grid and in zip", axis.path));
    }
    config_.blocks.push_back(std::move(block));
  }

  std::vector<Axis> read_axes(const Node& node, const std::string& what) {
    std::vector<Axis> axes;
    if (node.kind == Node::Kind::null) return axes;
    if (node.kind != Node::Kind::mapping) {
      report(node.at, fmt::format("{} must be a mapping from keys to lists of values", what));
      return axes;
    }
    for (const Entry& entry : node.entries) {
      const std::string path = full_path(entry.key);
      if (find(general_parameters(), entry.key) != nullptr ||
          std::find(structural_keys.begin(), structural_keys.end(), entry.key) != structural_keys.end()) {
        report(entry.key_at, fmt::format("{} is one for the whole config and cannot be swept", entry.key));
      } else if (entry.value.kind != Node::Kind::sequence) {
        report(entry.value.at, fmt::format("{}.{} must be a list of values: [..]", what, entry.key));
      } else if (entry.value.items.empty()) {
        report(entry.value.at, fmt::format("{}.{} is an empty list: there would be no cell", what, entry.key));
      } else if (std::any_of(axes.begin(), axes.end(), [&](const Axis& axis) { return axis.path == path; })) {
        report(entry.key_at, fmt::format("{} is given twice", path));
      } else {
        axes.push_back({path, entry.key_at, entry.value.items});
      }
    }
    return axes;
  }

  void read_exclusions(const Node& node, SweepBlock& block) {
    if (node.kind != Node::Kind::sequence) return report(node.at, "exclude must be a list of mappings");
    for (const Node& item : node.items) {
      if (item.kind != Node::Kind::mapping || item.entries.empty()) {
        report(item.at, "an item of exclude is a mapping: a cell with all these values is left out");
        continue;
      }
      std::vector<Axis> exclusion;
      for (const Entry& entry : item.entries) {
        const bool list = entry.value.kind == Node::Kind::sequence;
        exclusion.push_back({full_path(entry.key), entry.key_at, list ? entry.value.items : std::vector{entry.value}});
      }
      block.exclude.push_back(std::move(exclusion));
    }
  }

  Config& config_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool BoundSelection::names_it(const std::string& name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool BoundSelection::wants(const std::string& name) const {
  return all || names_it(name);
}

Config read_config(const ConfigDocument& document, Diagnostics& diagnostics) {
  Config config;
  Reader(config, diagnostics).read(document.root, document.file.stem().string());
  config.resolved = to_json_tree(document.root);
  if (config.stop) config.resolved["trials"]["batch"] = config.stop->batch;
  return config;
}

}  // namespace pathquant
