// SHA-256, as 64 lower-case hexadecimal digits.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pathquant {

std::string sha256_hex(std::string_view bytes);

/// Of the file's content. Throws std::runtime_error, naming the file, when it cannot be read.
std::string sha256_hex_of_file(const std::filesystem::path& path);

}  // namespace pathquant
