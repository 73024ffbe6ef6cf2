// The one exception of everything that reads or writes data files.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pathquant {

/// A data file is missing, unreadable, truncated, corrupt, or not what is needed. The text names the file (or all
/// places looked at), says what is wrong and what to do.
struct DataError : std::runtime_error {
  explicit DataError(const std::string& text) : std::runtime_error(text) {}
  DataError(const std::filesystem::path& file, std::string_view problem)
      : std::runtime_error(file.string() + ": " + std::string(problem)) {}
};

}  // namespace pathquant
