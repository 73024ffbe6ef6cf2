// How much memory some work takes at its worst.
#pragma once

#include <functional>
#include <optional>

#include "core/interrupt.hpp"

namespace pathquant {

/// Bytes of address space by which the process grows at most while `work` is done, in a copy of the process: what work
/// allocates, its results included and what it frees on the way not counted twice. Every block of 16 KiB or more counts
/// as its pages (4 KiB), smaller ones as far as there is no room left for them between others. What `work` changes
/// stays in the copy.
///
/// Absent where this process has other threads, whose copy might not run, or another allocator than the C library's (a
/// sanitizer's). Throws Stopped, and std::runtime_error when there can be no other process or `work` throws.
std::optional<double> peak_memory(const std::function<void()>& work, const Interrupt& interrupt);

}  // namespace pathquant
