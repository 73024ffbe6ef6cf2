// JSON as it is stored and hashed: the same value gives the same text, on every machine and with every library version.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pathquant {

/// One line without spaces. A double is the shortest decimal that reads back as the same double, and always
/// recognisable as one (`1.0`, not `1`). Invalid UTF-8 is replaced by U+FFFD. Throws std::logic_error for NaN,
/// infinities and binary values: whoever has one says null, with the reason beside it.
std::string to_json(const nlohmann::json& value);
std::string to_json(const nlohmann::ordered_json& value);  ///< keys in their own order

/// The text whose hash is an identity: keys sorted by their bytes. Throws std::logic_error as to_json does, and for
/// invalid UTF-8, where a replacement would make different values equal.
std::string canonical_json(const nlohmann::json& value);

/// Levels of lists and objects in each other that are read from a file: nothing that this program writes has as many,
/// and whoever walks down 100 000 of them runs out of stack.
inline constexpr int most_json_levels = 64;

/// Whether a text that may be no JSON at all opens more than most_json_levels lists and objects in each other: to be
/// asked before it is parsed.
bool nests_too_deep(std::string_view text);

/// The value of a JSON text that was read from a file; discarded (is_discarded) where it is no JSON or nests too deep.
template <class Json>
Json parsed_json(std::string_view text) {
  return nests_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
}

}  // namespace pathquant
