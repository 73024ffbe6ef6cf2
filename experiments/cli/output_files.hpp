// The files that a command writes, looked at before it works: none of them may be one that it reads or writes anyway.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pathquant::cli {

/// A file with the option that names it; without a path the option was not given.
struct NamedFile {
  const char* option;
  std::optional<std::filesystem::path> path;
};

/// Throws UsageError where an output is a folder, or two outputs, or an output and an input, are one file by whatever
/// names. Devices and pipes may be named twice.
void check_outputs(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs);

}  // namespace pathquant::cli
