// Plugin stamp reader: reads the stamp of a plugin (core/plugin.hpp) without running its code.
#pragma once

#include <filesystem>
#include <string>

#include "core/plugin.hpp"

namespace pathquant {

/// Reads the stamp. Throws std::invalid_argument with the reason when the file has none.
PluginStamp read_stamp(const std::filesystem::path& file);

/// Why a plugin with this stamp is incompatible with a program with that stamp: the first difference and the remedy.
/// Empty if they are compatible.
std::string misfit(const PluginStamp& plugin, const PluginStamp& program);

}  // namespace pathquant
