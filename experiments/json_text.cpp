#include "experiments/json_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pathquant {
namespace {

using Handler = nlohmann::json::error_handler_t;

/// nlohmann's own dump() writes doubles by Grisu2, which is not always shortest, and NaN as null.
template <class Json>
class Writer {
 public:
  explicit Writer(Handler invalid_utf8) : invalid_utf8_(invalid_utf8) {}

  void write(const Json& value) {
    switch (value.type()) {
      case Json::value_t::null:
        text_ += "null";
        break;
      case Json::value_t::boolean:
        text_ += value.template get<bool>() ? "true" : "false";
        break;
      case Json::value_t::number_integer:
        fmt::format_to(std::back_inserter(text_), "{}", value.template get<std::int64_t>());
        break;
      case Json::value_t::number_unsigned:
        fmt::format_to(std::back_inserter(text_), "{}", value.template get<std::uint64_t>());
        break;
      case Json::value_t::number_float:
        write_real(value.template get<double>());
        break;
      case Json::value_t::string:
        write_text(value.template get_ref<const std::string&>());
        break;
      case Json::value_t::array:
        write_array(value);
        break;
      case Json::value_t::object:
        write_object(value);
        break;
      case Json::value_t::binary:
      case Json::value_t::discarded:
        throw std::logic_error("only null, booleans, numbers, texts, lists and objects can be written as JSON");
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void write_real(double number) {
    if (!std::isfinite(number)) throw std::logic_error(fmt::format("{} cannot be written as JSON", number));
    const std::size_t start = text_.size();
    fmt::format_to(std::back_inserter(text_), "{}", number);
    if (text_.find_first_of(".e", start) == std::string::npos) text_ += ".0";
  }

  void write_text(const std::string& text) {
    const auto is_simple = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    bool simple = true;
    for (const char c : text) simple = simple && is_simple(c);
    if (!simple) {
      try {
        text_ += nlohmann::json(text).dump(-1, ' ', false, invalid_utf8_);
      } catch (const nlohmann::json::exception&) {
        throw std::logic_error("a text that is not UTF-8 cannot be part of an identity");
      }
      return;
    }
    text_ += '"';
    text_ += text;
    text_ += '"';
  }

  void write_array(const Json& value) {
    char before = '[';
    for (const Json& item : value) {
      text_ += before;
      write(item);
      before = ',';
    }
    text_ += value.empty() ? "[]" : "]";
  }

  void write_object(const Json& value) {
    char before = '{';
    for (const auto& [key, item] : value.items()) {
      text_ += before;
      write_text(key);
      text_ += ':';
      write(item);
      before = ',';
    }
    text_ += value.empty() ? "{}" : "}";
  }

  Handler invalid_utf8_;
  std::string text_;
};

template <class Json>
std::string written(const Json& value, Handler invalid_utf8) {
  Writer<Json> writer(invalid_utf8);
  writer.write(value);
  return writer.take();
}

}  // namespace

std::string to_json(const nlohmann::json& value) {
  return written(value, Handler::replace);
}
std::string to_json(const nlohmann::ordered_json& value) {
  return written(value, Handler::replace);
}
std::string canonical_json(const nlohmann::json& value) {
  return written(value, Handler::strict);
}

bool nests_too_deep(std::string_view text) {
  int level = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      if (++level > most_json_levels) return true;
    } else if (!quoted && (c == ']' || c == '}')) {
      --level;
    }
  }
  return false;
}

}  // namespace pathquant
