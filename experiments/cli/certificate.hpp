// What a result claims, so that someone else can check it: the contents it is about, how it was made, what was
// measured.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/types.hpp"

namespace pathquant::cli {

inline constexpr const char* certificate_schema = "pathquant-certificate/1";

/// SHA-256 of the shape and the numbers as they are in a file of this matrix, whatever the file's format: of the text
/// "rows columns" with a line's end, then every number, row by row, as a little-endian double.
std::string content_hash(const RowMatrix<double>& matrix);

/// Adds "sha256", of everything else in it.
nlohmann::json sealed(nlohmann::json certificate);

/// Reads a certificate. Throws DataError or UsageError, which name the file, where it cannot be read, is none, or has a
/// part that is missing or of another type than `audit --certificate` writes.
nlohmann::json read_certificate(const std::filesystem::path& file);

/// What a certificate says otherwise than what was found now, one sentence each: metrics and contents to the last bit,
/// lines to nine digits, for those may use the system's mathematics. The versions of program and machine do not count.
std::vector<std::string> contradictions(const nlohmann::json& certificate, const nlohmann::json& found);

}  // namespace pathquant::cli
