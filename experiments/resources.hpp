// Where the program finds what belongs to it: in the installed package it was started from, otherwise in the sources it
// was built from.
#pragma once

#include <filesystem>

namespace pathquant {

/// A file or folder of the project by its path in the sources: "analysis/plot.py".
std::filesystem::path resource(const std::filesystem::path& path);

/// The folder with this program's pathquant-config.cmake; empty where there is none.
std::filesystem::path package_folder();

}  // namespace pathquant
