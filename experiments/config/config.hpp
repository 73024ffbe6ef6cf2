// A sweep as its file and the command line describe it. What the experiment's own sections mean is the experiment's
// business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/node.hpp"

namespace pathquant {

/// Which theoretical lines are wanted.
struct BoundSelection {
  bool all = true;
  std::vector<std::string> names;  ///< where not all; a line named here is computed whatever it costs

  bool wants(const std::string& name) const;
  bool names_it(const std::string& name) const;
};

/// One key that takes several values: `path` is dotted, in full (`inputs.width`, not `width`).
struct Axis {
  std::string path;
  Position at;
  std::vector<Node> values;
};

/// One block of `sweep`: the product of the grid's axes and of the zipped ones together, less the excluded cells.
struct SweepBlock {
  std::vector<Axis> grid;
  std::vector<Axis> zip;                   ///< all of one length
  std::vector<std::vector<Axis>> exclude;  ///< a cell goes when it has one of the values of every key
};

/// Trials in batches until a mean is known: experiments/plan/stopping.hpp.
struct StopRule {
  double until = 0;    ///< relative half-width of the 95 % interval
  std::string metric;  ///< of the mean of this measured column
  Position metric_at;
  std::int64_t batch = 20;
};

struct Config {
  std::string name;
  std::string experiment = "layer";
  Position experiment_at;  ///< of its value
  std::uint64_t seed = 0;
  std::int64_t trials = 1;       ///< of every cell; the most where there is a rule
  std::optional<StopRule> stop;  ///< `trials: {until: .., of: .., max: ..}`
  double probability = 0.99;
  BoundSelection bounds;
  Node base;                        ///< mapping: what every cell starts from
  std::vector<SweepBlock> blocks;   ///< at least one
  Node plot;                        ///< what the figure shows; null: there is none
  nlohmann::ordered_json resolved;  ///< the whole config, overrides included, as it stands in results.json
};

/// `key=value` from the command line.
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

/// Rewrites `document`, whose keys are in full, as if the file said so: a single value replaces the axis of the sweep
/// that has this key, and the key in every value of an axis above it (`quantizer.alphabet.step` in each of `quantizer:
/// [..]`); a list becomes an axis of the grid.
void apply_override(Node& document, const Override& change);

/// The full path of a key that has a short name: width -> inputs.width, samples -> inputs.samples, neurons ->
/// weights.neurons.
std::string full_path(std::string_view path);

/// The column of the results for the parameter at a full path: inputs.width -> width, quantizer.alphabet.bits ->
/// quantizer_alphabet_bits.
std::string column_name(std::string_view path);

/// Writes every key in full: `width: 64` and `quantizer: {alphabet.step: 1}` become the mappings that they stand for.
/// The keys of the sweep's axes stay dotted. A value that is given twice is a diagnostic; the first counts.
void write_keys_in_full(Node& document, Diagnostics& diagnostics);

/// The same for a value that will stand at `path`.
Node keys_in_full(const Node& value, const std::string& path, Diagnostics& diagnostics);

/// The blocks of the document's sweep.
std::vector<Node*> blocks_of(Node& document);

/// Reports of every column that the figure asks for and that is not among `columns`; dots in names are underscores.
void check_plot_columns(const Node& plot, const std::vector<std::string>& columns, Diagnostics& diagnostics);

nlohmann::ordered_json to_json_tree(const Node& node);

/// Sets `path` in the mapping `root`. A mapping is merged into the one that is there; when it names another thing
/// (`name`, `distribution`, `dataset`) the parameters that were there become inherited: used where the new one has
/// them. Setting such a name by its own path is the same.
void assign(Node& root, const std::string& path, const Node& value);

}  // namespace pathquant
