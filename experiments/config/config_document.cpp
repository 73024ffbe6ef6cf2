#include <fstream>
#include <iterator>

#include "experiments/config/config.hpp"

namespace pathquant {
namespace {

std::string read_text(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) throw ConfigError({diagnostic_at(file.string(), "cannot be read: is the path right?")});
  if (size > max_config_bytes)
    throw ConfigError({diagnostic_at(file.string(), "is over 1 MiB: not a config, left unread")});
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Paths in a config are relative to it; those of the command line, to the working folder.
std::vector<PluginFile> read_plugins(const Node& node, Diagnostics& diagnostics) {
  std::vector<PluginFile> files;
  if (node.kind == Node::Kind::null) return files;
  for (const Node& item : node.kind == Node::Kind::sequence ? node.items : std::vector{node}) {
    const auto* text = item.kind == Node::Kind::scalar ? std::get_if<std::string>(&item.value) : nullptr;
    if (text == nullptr) {
      diagnostics.push_back({item.at, "plugins must be a list of files: [build/mine.so]"});
      continue;
    }
    const bool in_file = item.at.line > 0;
    const std::filesystem::path folder =
        in_file ? std::filesystem::path(item.at.source).parent_path() : std::filesystem::path();
    files.push_back({folder / *text, item.at});
  }
  return files;
}

}  // namespace

ConfigDocument parse_config(const std::filesystem::path& file, const std::vector<Override>& overrides,
                            Diagnostics& diagnostics) {
  ConfigDocument document{file, parse_yaml(read_text(file), file.string(), diagnostics), {}};
  if (document.root.kind != Node::Kind::mapping) {
    diagnostics.push_back(
        {document.root.at, "a config is a mapping: name, experiment, inputs, weights, quantizer, sweep, ..."});
    throw ConfigError(std::move(diagnostics));
  }
  write_keys_in_full(document.root, diagnostics);
  for (const Override& change : overrides) {
    try {
      apply_override(document.root, change);
    } catch (const ConfigError& error) {
      diagnostics.insert(diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }
  if (const Node* plugins = document.root.find("plugins")) document.plugins = read_plugins(*plugins, diagnostics);
  return document;
}

}  // namespace pathquant
