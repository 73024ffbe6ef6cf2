// Peak memory of a function, measured in a copy of this process.
#pragma once

#include <functional>
#include <optional>

#include "core/execution.hpp"

namespace pathquant {

/// Runs `work` in a copy of this process and returns the largest growth of its address space in bytes: all memory in
/// use at the same time, results included. A block of 16 KiB or more counts by its pages (of 4 KiB). A smaller block
/// counts only if it does not fit between existing blocks. Changes that `work` makes stay in the copy.
///
/// Absent where this process has other threads, because their copies might not run, or where the allocator is not the C
/// library's (a sanitizer's). Throws Stopped, and std::runtime_error when no process can be created or `work` throws.
std::optional<double> peak_memory(const std::function<void()>& work, const ExecutionContext& execution);

}  // namespace pathquant
