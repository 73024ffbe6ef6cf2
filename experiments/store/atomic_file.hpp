// Files and folders that are there completely or not at all, also after a power loss.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace pathquant {

/// Replaces the content of `path`, which is a regular file, a link to one, or not there yet: whoever reads it meanwhile,
/// or after a crash or on a full disk, sees the old content or the new. A link stays a link. A device or pipe is written
/// through and stays what it is. Throws StoreError, saying what to do.
void write_atomically(const std::filesystem::path& path, std::string_view text);
void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

/// Makes `folder` and what is missing above it. Throws StoreError when it cannot be made.
void make_folder(const std::filesystem::path& folder);

/// Makes what was created, renamed or removed in `folder` last. Throws StoreError.
void sync_folder(const std::filesystem::path& folder);

/// "host-pid-random": for file names that no other process uses, on any machine that shares the folder.
std::string unique_name();

/// What to do about a system error: "the disk is full: free some space and run the same command again", or its own
/// text.
std::string advice(int error);

}  // namespace pathquant
