// One file out of a tar archive: CIFAR-10 is published as one.
//
//   header    512 bytes for every member: bytes 0-99 its name, 124-135 its size in octal digits, 148-155 the sum of the
//             header's bytes in octal digits (its own eight counted as blanks), 156 its type ('0' or NUL: a file),
//             257-261 "ustar", 345-499 what stands before the name, with a '/' between them
//   content   the size's bytes, then zeros up to a multiple of 512
//   end       two blocks of zeros, or the end of the bytes
//
// POSIX.1-1988 (ustar). Longer names of GNU and of POSIX.1-2001 are members of other types and are passed over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace pathquant {

struct TarMember {
  std::string name;
  std::span<const std::uint8_t> content;  ///< within the archive's bytes
};

/// The files of an archive in its order; folders, links and the like are left out. `file` is for the message only.
/// Throws DataError when the bytes are no archive, damaged or truncated.
std::vector<TarMember> parse_tar(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

}  // namespace pathquant
