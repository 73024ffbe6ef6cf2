#include "core/quantizers/quantizer.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace pathquant {
namespace {

// With standard parameters and any alphabet; null where it does not come with these.
std::unique_ptr<Quantizer> standard_quantizer(const QuantizerEntry& entry) {
  const ParameterTable& table = entry.description.parameters;
  if (std::any_of(table.begin(), table.end(), [](const Parameter& parameter) { return parameter.must_be_given; }))
    return nullptr;
  std::map<std::string, Value> given;
  if (find(table, "alphabet.step") != nullptr) given = {{"alphabet.levels", "infinite"}, {"alphabet.step", 1.0}};
  try {
    return entry.make(Parameters(table, given));
  } catch (const std::invalid_argument&) {
    return nullptr;
  }
}

}  // namespace

std::optional<std::int64_t> level_count(const Alphabet& alphabet, const QuantizerTraits& traits) {
  const auto levels = alphabet.levels();
  if (levels && traits.rounding == Rounding::hard && traits.threshold > 0) return *levels + 2;
  return levels;
}

std::vector<std::string> quantizers_with(const std::function<bool(const QuantizerTraits&)>& has) {
  std::vector<std::string> names;
  for (const QuantizerEntry* entry : Registry<QuantizerEntry>::instance().all())
    if (const auto quantizer = standard_quantizer(*entry); quantizer && has(quantizer->traits()))
      names.push_back(entry->description.name);
  return names;
}

}  // namespace pathquant
