// The seams of the house: a quantizer, line, input or weight law, or experiment is one file that registers itself.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parameters.hpp"

namespace pathquant {

/// A shared library that has registered something (core/plugin.hpp).
struct Plugin {
  std::string name;
  std::string version;
  std::string path;
  std::string sha256;  ///< of the file: part of the identity of every cell that uses it

  /// "plugin mine 1.2 (build/mine.so)": for messages.
  std::string title() const { return fmt::format("plugin {} {} ({})", name, version, path); }
};

/// What a plugin registers while it is being loaded, and what is refused.
struct PluginLoad {
  std::shared_ptr<const Plugin> plugin;
  std::vector<std::string> taken;  ///< names that something has already
};
/// The plugin that is being loaded by this process; null while the program's own things register themselves.
PluginLoad*& plugin_being_loaded();

/// What every registered thing says of itself; `list`, `explain` and the config's validation show nothing else.
struct Description {
  std::string name;
  int version = 1;              ///< raised whenever the same parameters may give another result
  std::string summary;          ///< one line
  std::string formula;          ///< what is computed, with its symbols
  std::string hypotheses = {};  ///< what must hold for it to be meant as said; empty: nothing
  std::string source;           ///< paper, equation or derivation
  ParameterTable parameters = {};
  std::shared_ptr<const Plugin> plugin = {};  ///< that brought it; null: the program itself. Set when it is registered
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

  /// Removes what this plugin has registered.
  void remove(const Plugin& plugin) {
    std::erase_if(entries_, [&](const auto& item) { return item.second.description.plugin.get() == &plugin; });
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
/// A name of a plugin's that is taken is told to its loader: an exception must not leave a library's initialisation.
template <class Entry>
struct Registered {
  explicit Registered(Entry entry) {
    Registry<Entry>& registry = Registry<Entry>::instance();
    PluginLoad* load = plugin_being_loaded();
    if (load != nullptr) entry.description.plugin = load->plugin;
    if (load != nullptr && registry.find(entry.description.name) != nullptr)
      load->taken.push_back(entry.description.name);
    else
      registry.add(std::move(entry));
  }
};

}  // namespace pathquant
