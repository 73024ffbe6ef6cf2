// Files out of a fetched archive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pathquant {

/// Writes the named members of a tar archive, gzip or not, into its folder, whatever folder they have in the archive.
/// Each is there whole or not at all. Throws FetchError when one is missing or of another size, before any is written,
/// and DataError when the archive is damaged.
void unpack(const std::filesystem::path& archive, const std::vector<std::string>& members, std::uint64_t bytes_each);

/// Whether files of these names and this size are in the folder.
bool is_unpacked(const std::filesystem::path& folder, const std::vector<std::string>& members,
                 std::uint64_t bytes_each);

}  // namespace pathquant
