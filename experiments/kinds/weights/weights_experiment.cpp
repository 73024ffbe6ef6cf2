// The weights experiment: what quantizing vectors costs by itself, whatever they are multiplied with.
//
//   symbol  shape   meaning
//   W       N x P   P vectors of N numbers, quantized one by one (or in groups, or together: the quantizer's
//                   granularity): neurons of a law or file, or P rows of inputs as activations
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "core/quantizers/validated.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"
#include "experiments/measure/evaluation.hpp"
#include "experiments/measure/layer_inputs.hpp"
#include "experiments/measure/precision.hpp"
#include "experiments/measure/section_identity.hpp"
#include "experiments/measure/shared_columns.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

// Where the vectors come from.
struct Vectors {
  std::shared_ptr<const WeightDistribution> weights;  // or
  std::shared_ptr<const InputDistribution> inputs;    // rows
  Index length = 0;
  Index count = 0;

  bool random() const { return weights ? weights->random() : inputs->random(count); }

  RowMatrix<double> draw(const std::string& key, const ExecutionContext& execution) const {
    if (weights) return weights->draw(key + "/layer=0", length, count);
    LayerInputs rows;
    rows.law = inputs;
    rows.samples = count;
    rows.width = length;
    return rows.draw<double>(key, execution).first.transpose();
  }

  std::optional<EntryDistribution> law() const {
    if (weights) return weights->entry_law();
    const ColumnDistribution columns = inputs->column_law();
    if (!columns.independent || !columns.gaussian_sigma || columns.dimension) return std::nullopt;
    return EntryDistribution{ScalarDistribution::gaussian(), *columns.gaussian_sigma};
  }
};

struct Setup {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  Vectors vectors;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const AlphabetRule> alphabet;  // null where the quantizer finds its levels itself
  json identity;
  std::vector<std::pair<std::string, nlohmann::ordered_json>> columns;

  LayerShape shape() const { return {0, vectors.length, vectors.count}; }
};

// Relative squared error of every vector that is not 0.
template <class S>
std::vector<double> relative_errors(const RowMatrix<S>& weights, const RowMatrix<S>& quantized) {
  std::vector<double> errors;
  for (Index j = 0; j < weights.cols(); ++j) {
    const Vector w = weights.col(j).template cast<double>();
    const Vector q = quantized.col(j).template cast<double>();
    if (const double energy = w.squaredNorm(); energy > 0) errors.push_back((w - q).squaredNorm() / energy);
  }
  return errors;
}

class WeightsCell final : public Cell {
 public:
  explicit WeightsCell(Setup setup)
      : setup_(std::move(setup)), id_(sha256_hex(canonical_json(setup_.identity)).substr(0, 32)) {}

  const std::string& id() const override { return id_; }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const override { return setup_.columns; }
  bool random() const override { return setup_.vectors.random() || setup_.quantizer->traits().random; }
  double cost() const override {
    const LayerShape shape = setup_.shape();
    return setup_.quantizer->cost(shape, false) +
           40 * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }
  json run(TaskContext& context) const override {
    return setup_.precision == Precision::float32 ? run_as<float>(context.trial, context.execution)
                                                  : run_as<double>(context.trial, context.execution);
  }

  std::vector<BoundRow> lines(const BoundSelection& selection, double probability, const json& content,
                              const ContentLookup& /*lookup*/) const override {
    LayerFacts facts = stored_facts(content, setup_.shape(), false, ColumnDistribution{}, setup_.quantizer->traits());
    facts.weight_law = setup_.vectors.law();
    const double measured = content.at("record").at("error_energy").get<double>();
    std::vector<BoundRow> rows;
    for (const BoundEntry* line : Registry<BoundEntry>::instance().all()) {
      const std::string& name = line->description.name;
      if (!selection.wants(name) || !line->concerns(facts.quantizer)) continue;
      const bool about_weights = line->quantity == Quantity::weight_error_energy;
      if (!about_weights && !selection.names_it(name)) continue;
      BoundRow& row = rows.emplace_back();
      row.name = name;
      row.kind = line->kind;
      row.metric = "error_energy";
      row.tolerance = setup_.precision == Precision::float32 ? 0x1p-20 : 1e-12;
      if (!about_weights) {
        row.reason = "it is about a layer's output, and here are weights alone";
        continue;
      }
      const BoundValue value = line->evaluate(facts, 1 - probability);
      if (const auto* refused = std::get_if<NotApplicable>(&value)) {
        row.reason = refused->reason;
        row.sampled = refused->sampled;
        continue;
      }
      row.value = std::get<double>(value);
      if (line->bits_above && measured > 0) row.gap_bits = line->bits_above(facts, measured);
    }
    return rows;
  }

 private:
  template <class S>
  json run_as(std::int64_t trial, const ExecutionContext& execution) const {
    const std::string key = stream_key(setup_.seed, trial);
    const LayerProblem<S> problem(setup_.vectors.draw(key, execution).cast<S>());
    Alphabet alphabet;
    if (setup_.alphabet) alphabet = layer_alphabet(*setup_.alphabet, *setup_.quantizer, problem, execution);
    const QuantizedLayer<S> result =
        setup_.quantizer->quantize(problem, alphabet, Stream(key + "/layer=0/decision"), execution);
    std::vector<double> errors = relative_errors(problem.weights(), result.weights);
    if (errors.empty()) throw Skipped("all vectors are 0, so there is no relative error");

    json content = evaluate(problem, setup_.quantizer->traits(), alphabet, result,
                            Measuring<S>{key, key, signal_energies(problem, execution)}, execution);
    json& record = content.at("record");
    const double signal = problem.weights().template cast<double>().squaredNorm();
    const double error = content.at("statistics").at("weight_error_energy").get<double>();
    record.erase("weight_relative_squared_error");
    record["signal_energy"] = signal;
    record["error_energy"] = error;
    record["relative_squared_error"] = error / signal;
    record["relative_error"] = std::sqrt(error / signal);
    double sum = 0;
    for (const double one : errors) sum += one;
    record["mean_vector_error"] = sum / static_cast<double>(errors.size());
    record["max_vector_error"] = *std::max_element(errors.begin(), errors.end());
    return content;
  }

  Setup setup_;
  std::string id_;
};

const ParameterTable& vector_shape() {
  static const ParameterTable table = {
      integer("width", "N, numbers in a vector").at_least(1).at_most(1e12).labelled("numbers in a vector $N$"),
      integer("samples", "P, how many rows of the inputs are quantized").at_least(1).at_most(1e9).labelled("rows $P$"),
      integer("neurons", "P, how many vectors of weights are quantized")
          .at_least(1)
          .at_most(1e9)
          .labelled("vectors $P$")};
  return table;
}

ParameterTable only(std::initializer_list<const char*> names) {
  ParameterTable table;
  for (const char* name : names) table.push_back(*find(vector_shape(), name));
  return table;
}

class Preparation {
 public:
  Preparation(const CellRequest& request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics), values_(diagnostics) {}

  std::shared_ptr<const Cell> cell() {
    const std::size_t before = diagnostics_.size();
    setup_.seed = request_.seed;
    setup_.precision = read_precision(request_.tree, diagnostics_);
    setup_.columns.emplace_back("precision", to_text(setup_.precision));
    check_keys();
    try {
      read_vectors();
    } catch (const CellValues::Invalid&) {
      // What is wrong with the quantizer is to be told as well.
    }
    try {
      read_quantizer();
    } catch (const CellValues::Invalid&) {
      return nullptr;
    }
    if (diagnostics_.size() > before) return nullptr;
    setup_.identity["schema"] = results_schema;
    setup_.identity["experiment"] = "weights/1";
    setup_.identity["seed"] = std::to_string(setup_.seed);
    setup_.identity["precision"] = to_text(setup_.precision);
    return std::make_shared<WeightsCell>(std::move(setup_));
  }

 private:
  void check_keys() {
    const std::vector<std::string> known = {"precision", "inputs", "weights", "quantizer"};
    for (const Entry& entry : request_.tree.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        diagnostics_.push_back({entry.key_at, fmt::format("the weights experiment has no '{}'{}", entry.key,
                                                          suggestion(entry.key, known))});
  }

  void read_vectors() {
    const Node* inputs = request_.tree.find("inputs");
    const bool of_inputs =
        inputs != nullptr && (inputs->find("distribution") != nullptr || inputs->find("dataset") != nullptr);
    const Node* weights = request_.tree.find("weights");
    const bool of_weights = weights != nullptr && weights->find("distribution") != nullptr;
    if (of_inputs == of_weights) {
      diagnostics_.push_back({of_inputs ? inputs->at : request_.tree.at,
                              "the weights experiment quantizes vectors of weights or rows of inputs: give either "
                              "weights with a distribution (and width) or inputs with a distribution or dataset"});
      throw CellValues::Invalid();
    }
    of_inputs ? read_rows() : read_weights(inputs);
  }

  void read_weights(const Node* inputs) {
    auto section = read_section(request_.tree, "weights", {{"distribution", Registry<WeightEntry>::instance().names()}},
                                diagnostics_);
    if (!section) throw CellValues::Invalid();
    const WeightEntry& entry = *Registry<WeightEntry>::instance().find(section->name);
    Section shape;
    shape.section = "inputs";
    if (inputs != nullptr && inputs->kind == Node::Kind::mapping) {
      shape.at = inputs->at;
      for (const Entry& given : inputs->entries)
        if (given.value.kind != Node::Kind::null)
          shape.given[given.key] = {given.value.value, given.value.at, given.key_at, given.value.inherited};
    }
    values_.add(shape, only({"width"}), {});
    values_.add(*section, entry.description.parameters + only({"neurons"}), family_of<WeightEntry>());
    values_.provide("width", [&] { return law(*section).fixed_width(); });
    values_.provide("neurons", [&] { return law(*section).fixed_neurons(); });
    law(*section);
    const Parameters parameters = values_.resolve(*section, entry.description.parameters + only({"neurons"}));
    const Parameters sizes = values_.resolve(shape, only({"width"}));
    attempt(*section, [&] {
      setup_.vectors.length = given_size(sizes, "width");
      setup_.vectors.count = given_size(parameters, "neurons");
      const auto width = law(*section).fixed_width();
      const auto neurons = law(*section).fixed_neurons();
      if (width.value_or(setup_.vectors.length) != setup_.vectors.length ||
          neurons.value_or(setup_.vectors.count) != setup_.vectors.count)
        throw std::invalid_argument(fmt::format("the file has {} neurons of {} inputs", *neurons, *width));
      setup_.identity["weights"] = section_identity(*section, entry.description, parameters);
      setup_.identity["width"] = setup_.vectors.length;
      add_files(setup_.identity["weights"], setup_.vectors.weights->files());
      return 0;
    });
    setup_.columns.emplace_back("width", setup_.vectors.length);
    setup_.columns.emplace_back("neurons", setup_.vectors.count);
    add_columns(*section, parameters);
  }

  void read_rows() {
    std::vector<std::string> laws, datasets;
    for (const InputEntry* entry : Registry<InputEntry>::instance().all())
      (entry->dataset ? datasets : laws).push_back(entry->description.name);
    auto section = read_section(request_.tree, "inputs", {{"distribution", laws}, {"dataset", datasets}}, diagnostics_);
    if (!section) throw CellValues::Invalid();
    const InputEntry& entry = *Registry<InputEntry>::instance().find(section->name);
    const ParameterTable shape = only({"width", "samples"});
    values_.add(*section, entry.description.parameters + shape, family_of<InputEntry>());
    values_.provide("width", [&] { return input_law(*section).fixed_width(); });
    values_.provide("samples", [&] { return input_law(*section).available_samples(); });
    input_law(*section);
    const Parameters parameters = values_.resolve(*section, entry.description.parameters + shape);
    attempt(*section, [&] {
      setup_.vectors.length = given_size(parameters, "width");
      setup_.vectors.count = given_size(parameters, "samples");
      setup_.vectors.inputs->open("", setup_.vectors.count, setup_.vectors.length);  // refuses now what it would refuse
      setup_.identity["inputs"] = section_identity(*section, entry.description, parameters);
      add_files(setup_.identity["inputs"], setup_.vectors.inputs->files());
      return 0;
    });
    setup_.columns.emplace_back("width", setup_.vectors.length);
    setup_.columns.emplace_back("samples", setup_.vectors.count);
    add_columns(*section, parameters);
  }

  void read_quantizer() {
    auto section = read_section(request_.tree, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}},
                                diagnostics_);
    if (!section) throw CellValues::Invalid();
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(section->name);
    values_.add(*section, entry.description.parameters, family_of<QuantizerEntry>());
    const Parameters parameters = values_.resolve(*section, entry.description.parameters);
    attempt(*section, [&] {
      setup_.quantizer = make_quantizer(entry, parameters);
      const QuantizerTraits traits = setup_.quantizer->traits();
      if (traits.uses_inputs)
        throw std::invalid_argument(
            "it looks at a layer's inputs, and here are weights alone: a memoryless one (msq, "
            "ls1, ls2, lst, gf, alternating)");
      if (!traits.own_levels) {
        setup_.alphabet = std::make_shared<AlphabetRule>(parameters);
        check_levels_rule(*setup_.alphabet, traits);
      }
      return 0;
    });
    setup_.identity["quantizer"] = section_identity(*section, entry.description, parameters);
    add_columns(*section, parameters);
  }

  const WeightDistribution& law(const Section& section) {
    if (!setup_.vectors.weights) {
      const WeightEntry& entry = *Registry<WeightEntry>::instance().find(section.name);
      const Parameters parameters = values_.resolve(section, entry.description.parameters);
      setup_.vectors.weights = attempt(section, [&] { return entry.make(parameters); });
    }
    return *setup_.vectors.weights;
  }

  const InputDistribution& input_law(const Section& section) {
    if (!setup_.vectors.inputs) {
      const InputEntry& entry = *Registry<InputEntry>::instance().find(section.name);
      const Parameters parameters = values_.resolve(section, entry.description.parameters);
      setup_.vectors.inputs = attempt(section, [&] { return entry.make(parameters); });
    }
    return *setup_.vectors.inputs;
  }

  template <class Make>
  auto attempt(const Section& section, Make make) -> decltype(make()) {
    try {
      return make();
    } catch (const std::exception& error) {
      diagnostics_.push_back({section.at, fmt::format("{} '{}': {}", section.section, section.name, error.what())});
      throw CellValues::Invalid();
    }
  }

  static Index given_size(const Parameters& parameters, const std::string& name) {
    if (!parameters.has(name)) throw std::invalid_argument(fmt::format("{} is missing", name));
    return parameters.integer(name);
  }

  void add_columns(const Section& section, const Parameters& parameters) {
    setup_.columns.emplace_back(section.section + "_" + section.selector, section.name);
    for (const auto& [name, value] : parameters.values()) {
      if (find(vector_shape(), name) != nullptr) continue;
      setup_.columns.emplace_back(column_name(section.section + "." + name),
                                  std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value));
    }
  }

  const CellRequest& request_;
  Diagnostics& diagnostics_;
  CellValues values_;
  Setup setup_;
};

ColumnTable vector_columns() {
  const ColumnTable errors = {{"mean_vector_error", ColumnKind::error, "", "relative squared error of a vector, mean",
                               "mean_j ||w_j - q_j||^2 / ||w_j||^2, vectors of zeros left out"},
                              {"max_vector_error", ColumnKind::error, "", "relative squared error of the worst vector",
                               "max_j ||w_j - q_j||^2 / ||w_j||^2"}};
  return alphabet_columns() + energy_columns({"W - Q", "W"}) + errors + decision_columns();
}

const Registered<ExperimentEntry> registered({
    .description = {.name = "weights",
                    .version = 1,
                    .summary = "weights or activations alone: the error of quantizing vectors, whatever they multiply",
                    .formula = "relative_squared_error = ||W - Q||_F^2 / ||W||_F^2 over all vectors",
                    .hypotheses = "",
                    .source = "Pouransari, Tu & Tuzel 2020, arXiv 2001.02786, and every paper on binary weights",
                    .parameters = vector_shape()},
    .columns = vector_columns(),
    .prepare = [](const CellRequest& request,
                  Diagnostics& diagnostics) { return Preparation(request, diagnostics).cell(); },
});

}  // namespace
}  // namespace pathquant
