// The option `--instructions` of a sweep and of `bench`.
#pragma once

#include <string>

#include "core/kernels/instructions.hpp"

namespace pathquant::cli {

/// "avx512", "avx2" or "none".
std::string name_of(kernels::Instructions instructions);

/// From now on the kernels use no better instructions than the named ones; an empty name changes nothing. Throws
/// UsageError for another name, and where this processor lacks the instructions.
void limit_instructions(const std::string& name);

}  // namespace pathquant::cli
