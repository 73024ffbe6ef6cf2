// The identity of a computation: the id under which its content is stored.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"

namespace pathquant {

/// The first 32 hexadecimal digits of the SHA-256 of the canonical JSON of `identity`: everything that decides the
/// content, and nothing else.
inline std::string content_id(const nlohmann::json& identity) {
  return sha256_hex(canonical_json(identity)).substr(0, 32);
}

}  // namespace pathquant
