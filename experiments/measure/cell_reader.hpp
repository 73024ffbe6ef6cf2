// Reader of the sections of a cell that name registered things: inputs, weights and quantizer.
//
// Every section is declared before any is resolved, for a number in one may be an expression of the numbers in another.
// What is resolved goes into the setup: identity (with the content of files), columns, and what is not the program's own.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/measure/cell_setup.hpp"

namespace pathquant {

/// A section as it was written, the registered thing that it names, and the parameters that it takes beside the thing's
/// own.
template <class Entry>
struct NamedSection {
  std::optional<Section> section;
  const Entry* named = nullptr;
  ParameterTable shape = {};

  /// Throws CellValues::Invalid where the section was reported.
  const Entry& entry() const {
    if (named == nullptr) throw CellValues::Invalid();
    return *named;
  }
};

class CellReader {
 public:
  /// Reads the precision.
  CellReader(const CellRequest& request, Diagnostics& diagnostics);

  /// Reports keys of the cell that are neither sections of layers nor in `further`.
  void check_keys(const std::vector<std::string>& further);

  // Reads a section and declares its parameters.
  NamedSection<InputEntry> inputs(ParameterTable shape);
  NamedSection<WeightEntry> weights(ParameterTable shape);
  NamedSection<QuantizerEntry> quantizer();
  /// A section that names nothing: its numbers only.
  Section numbers(const std::string& name, const ParameterTable& table);

  CellValues& values() { return values_; }

  /// All parameters of the section, the thing's own and those of its shape.
  template <class Entry>
  Parameters parameters(const NamedSection<Entry>& named) {
    return values_.resolve(*named.section, named.entry().description.parameters + named.shape);
  }

  /// The thing itself, made of its own parameters, so that a size may depend on what the thing fixes.
  template <class Entry>
  auto make(const NamedSection<Entry>& named) {
    const Entry& entry = named.entry();
    const Parameters own = values_.resolve(*named.section, entry.description.parameters);
    return attempt(named, [&] { return entry.make(own); });
  }

  /// Runs `make`, turning what it throws into a diagnostic of the section.
  template <class Entry, class Make>
  auto attempt(const NamedSection<Entry>& named, Make make) -> decltype(make()) {
    try {
      return make();
    } catch (const std::exception& error) {
      report(*named.section, error.what());
    }
  }

  /// Adds the section's columns, and its plugin to what is not the program's own.
  template <class Entry>
  void take(const NamedSection<Entry>& named, const Parameters& parameters, bool untrusted = false) {
    add_columns(*named.section, parameters);
    note_origin(*named.section, named.entry().description, untrusted);
  }

  /// Makes the quantizer and its alphabet's rule and takes the section.
  void take_quantizer(const NamedSection<QuantizerEntry>& named);

  /// Whether nothing was reported since the reader was made.
  bool good() const { return diagnostics_.size() == before_; }
  CellSetup setup;

 private:
  [[noreturn]] void report(const Section& section, const char* what);
  void add_columns(const Section& section, const Parameters& parameters);
  void note_origin(const Section& section, const Description& description, bool untrusted);

  const CellRequest& request_;
  Diagnostics& diagnostics_;
  std::size_t before_;
  CellValues values_;
};

/// A size that is given, or that the data fix; given ones may not go beyond the data. Throws std::invalid_argument.
Index size_of(const Parameters& parameters, const std::string& name, std::optional<Index> available);

}  // namespace pathquant
