// Section of a cell: names one registered item and gives its parameters, as in `quantizer: {name: gpfq, alphabet:
// {..}}`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "experiments/config/node.hpp"

namespace pathquant {

/// Selector key of a section and its valid names, e.g. `dataset`: mnist, digits, ...
struct Selector {
  std::string key;
  std::vector<std::string> names;
};

/// A section as written: the item that it names, and its parameters with dotted names.
struct Section {
  std::string section;   ///< its key in the cell
  std::string selector;  ///< the key that named it
  std::string name;
  Position at;

  struct Given {
    Value value;
    Position at;      ///< of the value
    Position key_at;  ///< of its key
    bool inherited = false;
  };
  std::map<std::string, Given> given;
};

/// Reads the section. Reports an error when it is missing, names no item or an unknown one, or contains a list.
std::optional<Section> read_section(const Node& cell, const std::string& name, const std::vector<Selector>& selectors,
                                    Diagnostics& diagnostics);

}  // namespace pathquant
