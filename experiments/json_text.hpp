// JSON as it is stored and hashed: the same value gives the same text, on every machine and with every library version.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pathquant {

/// One line without spaces. A double is the shortest decimal that reads back as the same double, and always
/// recognisable as one (`1.0`, not `1`). Invalid UTF-8 is replaced by U+FFFD. Throws std::logic_error for NaN,
/// infinities and binary values: whoever has one says null, with the reason beside it.
std::string to_json(const nlohmann::json& value);
std::string to_json(const nlohmann::ordered_json& value);  ///< keys in their own order

/// The text whose hash is an identity: keys sorted by their bytes. Throws std::logic_error as to_json does, and for
/// invalid UTF-8, where a replacement would make different values equal.
std::string canonical_json(const nlohmann::json& value);

}  // namespace pathquant
