// Config of a sweep, read from its file and the command line. The experiment interprets its own sections.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/node.hpp"

namespace pathquant {

/// Selection of the bounds to compute.
struct BoundSelection {
  bool all = true;
  std::vector<std::string> names;  ///< if not all; a bound named here is computed at any cost

  bool wants(const std::string& name) const;
  bool names_it(const std::string& name) const;
};

/// Axis of a sweep: one key with several values. `path` is the full dotted path (`inputs.width`, not `width`).
struct Axis {
  std::string path;
  Position at;
  std::vector<Node> values;
};

/// One block of `sweep`: the product of the grid's axes and of the zipped axes taken together, less the excluded cells.
struct SweepBlock {
  std::vector<Axis> grid;
  std::vector<Axis> zip;                   ///< all of the same length
  std::vector<std::vector<Axis>> exclude;  ///< a cell is excluded if it has one of the values of every key
};

/// Stopping rule: trials run in batches until a mean is known with the wanted precision
/// (experiments/plan/stopping.hpp).
struct StopRule {
  double until = 0;    ///< relative half-width of the 95 % interval
  std::string metric;  ///< measured column whose mean is estimated
  Position metric_at;
  std::int64_t batch = 20;
};

struct Config {
  std::string name;
  std::string experiment = "layer";
  Position experiment_at;  ///< position of its value
  std::uint64_t seed = 0;
  std::int64_t trials = 1;       ///< of every cell; the maximum with a stopping rule
  std::optional<StopRule> stop;  ///< `trials: {until: .., of: .., max: ..}`
  double probability = 0.99;
  BoundSelection bounds;
  Node base;                        ///< mapping: values common to all cells
  std::vector<SweepBlock> blocks;   ///< at least one
  Node plot;                        ///< settings of the figure; null: no figure
  nlohmann::ordered_json resolved;  ///< the whole config with overrides, as written to results.json
};

/// Override of a key: `key=value` from the command line.
struct Override {
  std::string path;
  std::string value;
};

/// A plugin that a config names.
struct PluginFile {
  std::filesystem::path path;
  Position at;
};

/// The YAML tree of a config, rewritten by the overrides, with its keys in full.
struct ConfigDocument {
  std::filesystem::path file;
  Node root;
  std::vector<PluginFile> plugins;
};

/// Parses the file and applies the overrides; goes on after a diagnostic. Throws ConfigError where nothing can be read.
ConfigDocument parse_config(const std::filesystem::path& file, const std::vector<Override>& overrides,
                            Diagnostics& diagnostics);

/// Reads the general keys; goes on after a diagnostic. Bounds are looked up by name, so the document's plugins must be
/// loaded before.
Config read_config(const ConfigDocument& document, Diagnostics& diagnostics);

/// Applies an override to `document`, whose keys are in full. A single value replaces the axis of the sweep with this
/// key, and the key in every value of a parent axis (`quantizer.alphabet.step` in each of `quantizer: [..]`). A list
/// becomes an axis of the grid.
void apply_override(Node& document, const Override& change);

/// The full path of a key that has a short name: width -> inputs.width, samples -> inputs.samples, neurons ->
/// weights.neurons.
std::string full_path(std::string_view path);

/// The column of the results for the parameter at a full path: inputs.width -> width, quantizer.alphabet.bits ->
/// quantizer_alphabet_bits.
std::string column_name(std::string_view path);

/// Expands every key: `width: 64` and `quantizer: {alphabet.step: 1}` become nested mappings. The keys of the sweep's
/// axes stay dotted. A value that is given twice is reported, and the first is used.
void write_keys_in_full(Node& document, Diagnostics& diagnostics);

/// The same for a value at `path`.
Node keys_in_full(const Node& value, const std::string& path, Diagnostics& diagnostics);

/// The blocks of the document's sweep.
std::vector<Node*> blocks_of(Node& document);

/// Reports every column of the figure that is not in `columns`. Dots in names count as underscores.
void check_plot_columns(const Node& plot, const std::vector<std::string>& columns, Diagnostics& diagnostics);

nlohmann::ordered_json to_json_tree(const Node& node);

/// Sets `path` in the mapping `root`. A mapping is merged into the existing one. When it names another item (`name`,
/// `distribution`, `dataset`), the existing parameters become inherited: they are used if the new item has them.
/// Setting such a name by its own path has the same effect.
void assign(Node& root, const std::string& path, const Node& value);

}  // namespace pathquant
