#include "experiments/resources.hpp"

#include "experiments/provenance.hpp"

namespace pathquant {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

fs::path resource(const fs::path& path) {
  const fs::path installed = program_folder() / "../share/pathquant" / path;
  return fs::exists(installed) ? installed.lexically_normal() : build_provenance().source_dir / path;
}

fs::path package_folder() {
  const fs::path folder = program_folder();
  // As GNUInstallDirs has them.
  for (const char* place :
       {".", "../lib/cmake/pathquant", "../lib/x86_64-linux-gnu/cmake/pathquant", "../lib64/cmake/pathquant"})
    if (fs::exists(folder / place / "pathquant-config.cmake")) return (folder / place).lexically_normal();
  return {};
}

}  // namespace pathquant
