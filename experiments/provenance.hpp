// Which program this is: what results.json says of its origin.
#pragma once

#include <string>

namespace pathquant {

struct Provenance {
  std::string version;
  std::string git_sha;
  bool git_dirty = false;
  std::string compiler;
  std::string compiler_flags;
  std::string build_type;
  std::string source_dir;  ///< where analysis/ is
};
const Provenance& build_provenance();

}  // namespace pathquant
