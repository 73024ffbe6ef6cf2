// The seams of the house: a quantizer, line, input or weight law, or experiment is one file that registers itself.
#pragma once

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parameters.hpp"

namespace pathquant {

/// What every registered thing says of itself; `list`, `explain` and the config's validation show nothing else.
struct Description {
  std::string name;
  int version = 1;         ///< raised whenever the same parameters may give another result
  std::string summary;     ///< one line
  std::string formula;     ///< what is computed, with its symbols
  std::string hypotheses;  ///< what must hold for it to be meant as said; empty: nothing
  std::string source;      ///< paper, equation or derivation
  ParameterTable parameters = {};
};

/// Entries by name, in alphabetical order. `Entry` has a member `Description description`.
template <class Entry>
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  /// Throws std::logic_error when the name is taken.
  void add(Entry entry) {
    const std::string name = entry.description.name;
    if (!entries_.emplace(name, std::move(entry)).second)
      throw std::logic_error(fmt::format("'{}' is registered twice", name));
  }

  const Entry* find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
  }

  std::vector<const Entry*> all() const {
    std::vector<const Entry*> list;
    for (const auto& [name, entry] : entries_) list.push_back(&entry);
    return list;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& [name, entry] : entries_) list.push_back(name);
    return list;
  }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

/// A static object of this type registers an entry: `static const Registered<QuantizerEntry> registered({...});`.
template <class Entry>
struct Registered {
  explicit Registered(Entry entry) { Registry<Entry>::instance().add(std::move(entry)); }
};

}  // namespace pathquant
