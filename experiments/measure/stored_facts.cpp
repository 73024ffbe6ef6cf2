#include "experiments/measure/stored_facts.hpp"

#include <stdexcept>
#include <vector>

namespace pathquant {
namespace {

using nlohmann::json;

// What a default alphabet does not have is left out, and so read back as its default.
void store_alphabet(const Alphabet& alphabet, json& stored) {
  stored["steps"] = stored_value(alphabet.steps);
  stored["half_levels"] = alphabet.half_levels ? json(*alphabet.half_levels) : json(nullptr);
  if (alphabet.kind == AlphabetKind::midrise) stored["kind"] = "midrise";
  if (alphabet.kind == AlphabetKind::list) stored["values"] = alphabet.values;
  if (alphabet.ties_to_lower) stored["ties_to_lower"] = true;
  if (alphabet.listed > 0) stored["listed"] = alphabet.listed;
  if (alphabet.group > 0) {
    stored["group"] = alphabet.group;
    stored["group_steps"] = stored_value(Vector(alphabet.group_steps.reshaped<Eigen::RowMajor>()));
  }
}

Alphabet alphabet_from(const json& stored) {
  Alphabet alphabet;
  read_value(stored.at("steps"), alphabet.steps);
  if (!stored.at("half_levels").is_null()) alphabet.half_levels = stored.at("half_levels").get<std::int64_t>();
  if (stored.contains("kind")) alphabet.kind = AlphabetKind::midrise;
  if (stored.contains("values")) {
    alphabet.kind = AlphabetKind::list;
    alphabet.values = stored.at("values").get<std::vector<double>>();
  }
  alphabet.ties_to_lower = stored.contains("ties_to_lower");
  if (stored.contains("listed")) alphabet.listed = stored.at("listed").get<std::int64_t>();
  if (stored.contains("group")) {
    alphabet.group = stored.at("group").get<Index>();
    Vector all;
    read_value(stored.at("group_steps"), all);
    if (alphabet.group < 1 || all.size() == 0 || alphabet.steps.size() == 0 || all.size() % alphabet.steps.size() != 0)
      throw std::out_of_range("the steps of groups are not as many for every neuron");
    alphabet.group_steps =
        Eigen::Map<const RowMatrix<double>>(all.data(), all.size() / alphabet.steps.size(), alphabet.steps.size());
  }
  return alphabet;
}

void read_facts(const json& stored, LayerFacts& facts) {
  if (!stored.is_object()) throw std::out_of_range("facts are no object");
  for (const auto& [name, fact] : stored.items()) {
    const FactEntry* entry = Registry<FactEntry>::instance().find(name);
    if (entry == nullptr || fact.at("version") != entry->description.version) continue;
    read_value(fact.at("values"), facts.facts[name]);
  }
}

}  // namespace

json stored_statistics(const LayerStatistics& statistics, const Alphabet& alphabet,
                       const std::optional<double>& fresh_energy, const Vector& row_space_deviations) {
  json stored = write_fields(statistics);
  if (statistics.elimination) stored["elimination"] = write_fields(*statistics.elimination);
  store_alphabet(alphabet, stored);
  if (fresh_energy) stored["fresh_expected_energy"] = *fresh_energy;
  if (row_space_deviations.size() > 0) stored["row_space_deviations"] = stored_value(row_space_deviations);
  return stored;
}

LayerFacts stored_facts(const json& layer, LayerShape shape, bool mismatch, const ColumnDistribution& columns,
                        const QuantizerTraits& traits) {
  const json& stored = layer.at("statistics");
  const json& record = layer.at("record");
  LayerFacts facts;
  facts.shape = shape;
  facts.mismatch = mismatch;
  // The noise of a mismatch is drawn for every feature by itself. The law is that of the columns as they come: whether
  // it may be used for another order is a hypothesis of the bound.
  facts.columns = columns;
  facts.pairs_independent = facts.columns.independent;
  facts.quantizer = traits;
  facts.alphabet = alphabet_from(stored);
  if (facts.alphabet.steps.size() == 0 && record.contains("step_min") && !record.at("step_min").is_null())
    throw std::out_of_range("an alphabet has no steps");
  facts.clipped = record.at("clipped").get<std::int64_t>();
  if (const json& rate = record.at("rate"); !rate.is_null()) facts.bits_per_weight = rate.get<double>();
  if (facts.bits_per_weight)
    if (const double scales = *facts.bits_per_weight - record.at("bits").get<double>(); scales > 0)
      facts.weights_per_scale = 32 / scales;
  facts.statistics = read_fields<LayerStatistics>(stored);
  if (stored.contains("elimination"))
    facts.statistics.elimination = read_fields<EliminationFacts>(stored.at("elimination"));
  if (stored.contains("fresh_expected_energy"))
    facts.fresh.expected_energy = stored.at("fresh_expected_energy").get<double>();
  if (stored.contains("row_space_deviations"))
    read_value(stored.at("row_space_deviations"), facts.row_space_deviations);
  if (stored.contains("facts")) read_facts(stored.at("facts"), facts);
  return facts;
}

}  // namespace pathquant
