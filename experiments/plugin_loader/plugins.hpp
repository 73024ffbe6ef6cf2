// Plugin loader of this process. A refused plugin is not an error of the config: cells that use it fail with the
// reason, and the rest of the sweep continues.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.hpp"

namespace pathquant {

struct RefusedPlugin {
  std::string path;
  std::string reason;
  std::vector<std::string> taken;  ///< its names that were already in use
};

/// Loads the plugin, or adds it to the refused plugins. A file is loaded only once. The caller must have one thread
/// only:
/// the plugin is first loaded in another process, so that a plugin that crashes is refused too. Throws
/// std::invalid_argument when the file does not exist.
void load_plugin(const std::filesystem::path& file);

const std::vector<std::shared_ptr<const Plugin>>& loaded_plugins();
const std::vector<RefusedPlugin>& refused_plugins();

/// Why a name is missing: the refused plugins that may have registered it, with their reasons. Empty if there are none.
std::string why_missing(const std::string& name, bool registered);

}  // namespace pathquant
