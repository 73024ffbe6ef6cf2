// Reads a plugin's stamp (core/plugin.hpp) without running anything of the plugin.
#pragma once

#include <filesystem>
#include <string>

#include "core/plugin.hpp"

namespace pathquant {

/// Throws std::invalid_argument, with the reason as its text, when the file has none.
PluginStamp read_stamp(const std::filesystem::path& file);

/// Why a plugin with this stamp does not fit to a program with that one: the first thing that differs, and what to do.
/// Empty: it fits.
std::string misfit(const PluginStamp& plugin, const PluginStamp& program);

}  // namespace pathquant
