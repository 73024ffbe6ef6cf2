#include "experiments/cli/output_files.hpp"

#include <fmt/format.h>

#include "experiments/cli/commands.hpp"

namespace pathquant::cli {
namespace {

namespace fs = std::filesystem;

bool is_one_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  const fs::file_status status = fs::status(a, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return false;
  if (fs::equivalent(a, b, ignored)) return true;
  // Neither need be there yet.
  return fs::weakly_canonical(fs::absolute(a), ignored) == fs::weakly_canonical(fs::absolute(b), ignored);
}

void check_pair(const NamedFile& output, const NamedFile& other) {
  if (output.path && other.path && is_one_file(*output.path, *other.path))
    throw UsageError(fmt::format("{} and {} are one file, {}: give the output another name", output.option,
                                 other.option, output.path->string()));
}

}  // namespace

void check_outputs(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs) {
  std::error_code ignored;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].path && fs::is_directory(*outputs[i].path, ignored))
      throw UsageError(fmt::format("{} is a folder, {}: name a file", outputs[i].option, outputs[i].path->string()));
    for (std::size_t j = 0; j < i; ++j) check_pair(outputs[i], outputs[j]);
    for (const NamedFile& input : inputs) check_pair(outputs[i], input);
  }
}

}  // namespace pathquant::cli
