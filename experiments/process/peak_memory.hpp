// How much memory some work takes at its worst.
#pragma once

#include <functional>
#include <optional>

#include "core/execution.hpp"

namespace pathquant {

/// Bytes by which the address space of this process grows at most while `work` is done in a copy of it: what is in use
/// at once, results included. A block of 16 KiB or more counts as its pages (of 4 KiB), a smaller one where there is no
/// room for it between others. What `work` changes stays in the copy.
///
/// Absent where this process has other threads, whose copy might not run, or another allocator than the C library's (a
/// sanitizer's). Throws Stopped, and std::runtime_error when there can be no other process or `work` throws.
std::optional<double> peak_memory(const std::function<void()>& work, const ExecutionContext& execution);

}  // namespace pathquant
