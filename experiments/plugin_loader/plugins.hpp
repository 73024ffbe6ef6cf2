// The plugins of this process. A plugin that cannot be used is no error of the config: what names it fails, with the
// reason, and the rest of the sweep goes on.
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
  std::vector<std::string> taken;  ///< names that it wanted and that were taken
};

/// Loads it, or adds it to the refused ones; a file that was loaded already counts once. The caller must have one
/// thread only: a plugin is first loaded in another process, so that one that crashes at that is refused as well.
/// Throws std::invalid_argument when there is no such file.
void load_plugin(const std::filesystem::path& file);

const std::vector<std::shared_ptr<const Plugin>>& loaded_plugins();
const std::vector<RefusedPlugin>& refused_plugins();

/// Why what is called so is not there: the plugin that would have brought it, as far as is known. Empty where no
/// refused plugin may have.
std::string why_missing(const std::string& name, bool registered);

}  // namespace pathquant
