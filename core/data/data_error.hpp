// The one exception of everything that reads or writes data files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pathquant {

/// A data file is missing, unreadable, truncated, corrupt, or not what is needed. The text names the file (or all
/// places looked at), says what is wrong and what to do.
struct DataError : Error {
  explicit DataError(const std::string& text) : Error(text) {}
  DataError(const std::filesystem::path& file, std::string_view problem)
      : Error(file.string() + ": " + std::string(problem)) {}
};

}  // namespace pathquant
