#include "experiments/provenance.hpp"

#include "generated/provenance.hpp"

namespace pathquant {

const Provenance& build_provenance() {
  static const Provenance value = {provenance::version,   provenance::git_sha,        provenance::git_dirty,
                                   provenance::compiler,  provenance::compiler_flags, provenance::build_type,
                                   provenance::source_dir};
  return value;
}

}  // namespace pathquant
