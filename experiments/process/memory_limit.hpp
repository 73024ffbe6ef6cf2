// How much memory this process may use.
#pragma once

#include <cstddef>
#include <filesystem>

namespace pathquant {

/// Bytes: the memory of the machine, or less where a control group (a container, a batch job) limits it. `root` is the
/// folder that stands for /, for tests.
std::size_t memory_limit(const std::filesystem::path& root = "/");

}  // namespace pathquant
