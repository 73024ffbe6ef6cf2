// `advise`: how few levels reach a target, for one layer from NPY files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/advice/forecast.hpp"
#include "core/bounds/limits/rate_limit.hpp"
#include "core/data/npy.hpp"
#include "core/layer/layer_key.hpp"
#include "core/metrics/metrics.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/output_files.hpp"
#include "experiments/json_text.hpp"
#include "experiments/measure/measure_layer.hpp"
#include "experiments/provenance.hpp"
#include "experiments/results/table.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

using Json = nlohmann::ordered_json;

struct AdviseArguments {
  std::filesystem::path weights;
  std::filesystem::path inputs;
  double target = 0;  ///< relative squared error
  bool json = false;  ///< print the report instead of the table
  std::optional<std::filesystem::path> report;
};

constexpr std::int64_t most_levels = 65536;
// A forecast is right to some 5 per cent where nothing clips and less so where much does: what it was off by at one
// number of levels corrects it for the others, so often.
constexpr int corrections = 4;

struct Candidate {
  std::string quantizer;
  FeatureOrder order = FeatureOrder::natural;
  std::int64_t levels = 0;
  Forecast forecast = {};
  std::optional<double> measured = {};
  std::int64_t clipped = 0;
  BoundValue limit = NotApplicable{};
  double rate = 0;
};

Json order_name(const Candidate& one) {
  if (one.quantizer == "msq") return nullptr;
  return one.order == FeatureOrder::natural ? "natural" : "decreasing_norm";
}

// The fewest levels whose forecast is at most `goal`; none where even the most are not enough.
template <class Predict>
std::optional<std::int64_t> fewest_levels(double goal, const Predict& predict) {
  const auto enough = [&](std::int64_t levels) { return predict(levels).relative_squared_error <= goal; };
  std::int64_t high = 2;
  while (!enough(high)) {
    if (high >= most_levels) return std::nullopt;
    high *= 2;
  }
  for (std::int64_t low = high / 2 + 1; low < high;) {
    const std::int64_t middle = low + (high - low) / 2;
    enough(middle) ? high = middle : low = middle + 1;
  }
  return high;
}

class Advisor {
 public:
  Advisor(LayerProblem<double> problem, double target)
      : problem_(std::move(problem)),
        target_(target),
        forecast_(problem_, never_),
        path_(path_covariance(problem_.inputs(), never_)) {}

  // Three are run at first, the fewest levels of each scheme and order; then those that may win with their forecasts
  // corrected by what was measured. Fewest levels first.
  std::vector<Candidate> candidates() {
    add("msq", FeatureOrder::natural, 1);
    add("gpfq", FeatureOrder::natural, 1);
    add("gpfq", FeatureOrder::decreasing_norm, 1);
    for (int round = 0; round < corrections; ++round) {
      const std::vector<Candidate> before = list_;
      std::int64_t best = most_levels + 1;
      for (const Candidate& one : before)
        if (*one.measured <= target_) best = std::min(best, one.levels);
      for (const Candidate& one : before)
        add(one.quantizer, one.order, *one.measured / one.forecast.relative_squared_error, best);
    }
    std::stable_sort(list_.begin(), list_.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(a.levels, *a.measured) < std::pair(b.levels, *b.measured);
    });
    for (Candidate& one : list_) add_limit(one);
    return list_;
  }

 private:
  Forecast predict(const std::string& quantizer, FeatureOrder order, std::int64_t levels) {
    const auto [known, fresh] = forecasts_.try_emplace(std::tuple(quantizer, order, levels));
    if (fresh) known->second = quantizer == "msq" ? forecast_.msq(levels) : forecast_.gpfq(levels, order);
    return known->second;
  }

  // Runs the fewest levels that are forecast to be enough when forecasts are off by this factor, if they are at most
  // `most` and have not been run.
  void add(const std::string& quantizer, FeatureOrder order, double factor, std::int64_t most = most_levels) {
    const auto levels =
        fewest_levels(target_ / factor, [&](std::int64_t count) { return predict(quantizer, order, count); });
    if (!levels || *levels > most) return;
    for (const Candidate& one : list_)
      if (one.quantizer == quantizer && one.order == order && one.levels == *levels) return;
    list_.push_back({quantizer, order, *levels, predict(quantizer, order, *levels)});
    run(list_.back());
  }

  void run(Candidate& one) const {
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(one.quantizer);
    const Alphabet alphabet = balanced_alphabet(one.levels, one.forecast.step, problem_.shape().neurons);
    std::map<std::string, Value> given = {{"alphabet.levels", one.levels}, {"alphabet.step", one.forecast.step}};
    if (alphabet.kind == AlphabetKind::midrise) given["alphabet.kind"] = "midrise";
    if (one.order != FeatureOrder::natural) given["order"] = "decreasing_norm";
    const auto quantizer = entry.make(Parameters(entry.description.parameters, given));
    const QuantizedLayer<double> result = quantize_layer(*quantizer, alphabet, problem_, LayerKey{}, never_).layer;
    // As `quantize` measures, so that its report shows the same number.
    one.measured = measure(problem_, result.weights, never_, {.entries = true}).relative_squared_error();
    one.clipped = result.clipped;
  }

  void add_limit(Candidate& one) const {
    const LayerShape shape = problem_.shape();
    one.rate = bits_per_weight(static_cast<double>(one.levels), 1, shape);
    LayerFacts facts;
    facts.shape = shape;
    facts.bits_per_weight = one.rate;
    const double deviation =
        std::sqrt(problem_.weights().squaredNorm() / static_cast<double>(problem_.weights().size()));
    facts.weight_law = EntryDistribution{ScalarDistribution::gaussian(), deviation};
    facts.statistics.path = path_;
    one.limit = rate_limit(facts);
    if (double* energy = std::get_if<double>(&one.limit)) *energy /= forecast_.signal_energy();
  }

  const ExecutionContext never_;
  LayerProblem<double> problem_;
  double target_;
  LayerForecast forecast_;
  PathCovariance path_;
  std::map<std::tuple<std::string, FeatureOrder, std::int64_t>, Forecast> forecasts_;
  std::vector<Candidate> list_;
};

Json json_of(const Candidate& one, double target) {
  Json row;
  row["quantizer_name"] = one.quantizer;
  row["quantizer_order"] = order_name(one);
  row["levels"] = one.levels;
  row["kind"] = one.levels % 2 == 0 ? "midrise" : "midtread";
  row["step"] = one.forecast.step;
  row["rate"] = one.rate;
  row["predicted"] = one.forecast.relative_squared_error;
  row["measured"] = *one.measured;
  row["clipped"] = one.clipped;
  row["reaches"] = *one.measured <= target;
  const auto* limit = std::get_if<double>(&one.limit);
  row["limit"] = limit != nullptr ? Json(*limit) : Json(nullptr);
  row["limit_reason"] = limit != nullptr ? Json(nullptr) : Json(std::get<NotApplicable>(one.limit).reason);
  return row;
}

std::string parameters_of(const Json& row) {
  std::string text = fmt::format("--quantizer {} alphabet.levels={} alphabet.step={}",
                                 row["quantizer_name"].get<std::string>(), row["levels"].dump(), row["step"].dump());
  if (row["kind"] == "midrise") text += " alphabet.kind=midrise";
  if (row["quantizer_order"] == "decreasing_norm") text += " order=decreasing_norm";
  return text;
}

void print_table(const Json& report) {
  Table table({"quantizer", "order", "levels", "step", "predicted", "measured", "clipped", "limit"});
  const auto number = [](const Json& value) {
    return value.is_null() ? std::string("-") : fmt::format("{:.4g}", value.get<double>());
  };
  for (const Json& row : report["candidates"])
    table.add({row["quantizer_name"],
               row["quantizer_order"].is_null() ? "-" : row["quantizer_order"].get<std::string>(), row["levels"].dump(),
               number(row["step"]), number(row["predicted"]), number(row["measured"]), row["clipped"].dump(),
               number(row["limit"])});
  fmt::print("{}", table.text());
  if (const Json& reason = report["candidates"][0]["limit_reason"]; !reason.is_null())
    fmt::print("no limit: {}\n", reason.get<std::string>());
  if (report["advice"].is_null())
    fmt::print("none of them reaches {}\n", report["target"].dump());
  else
    fmt::print("take {}\n", report["parameters"].get<std::string>());
}

int advise(const AdviseArguments& arguments) {
  if (!(arguments.target > 0 && arguments.target < 1))
    throw UsageError("--target is a relative squared error above 0 and below 1, such as 0.01");
  check_outputs({{"--report", arguments.report}}, {{"--weights", arguments.weights}, {"--inputs", arguments.inputs}});
  LayerProblem<double> problem(read_npy_inputs(arguments.inputs).values, std::nullopt,
                               read_npy_weights(arguments.weights).values);
  Json report;
  report["target"] = arguments.target;
  report["width"] = problem.shape().width;
  report["samples"] = problem.shape().samples;
  report["neurons"] = problem.shape().neurons;
  const std::vector<Candidate> candidates = Advisor(std::move(problem), arguments.target).candidates();
  if (candidates.empty())
    throw UsageError(
        fmt::format("no scheme is forecast to reach {} with up to {} levels", arguments.target, most_levels));
  report["advice"] = nullptr;
  report["parameters"] = nullptr;
  report["candidates"] = Json::array();
  const Candidate* best = nullptr;
  for (const Candidate& one : candidates) {
    report["candidates"].push_back(json_of(one, arguments.target));
    if (*one.measured > arguments.target) continue;
    if (best != nullptr && std::pair(best->levels, *best->measured) <= std::pair(one.levels, *one.measured)) continue;
    best = &one;
    report["advice"] = report["candidates"].back();
    report["parameters"] = parameters_of(report["advice"]);
  }
  report["limit_is_of"] =
      "any quantizer at this rate, for Gaussian weights of this mean square (runsweep explain "
      "water_filling)";
  report["version"] = build_provenance().version;
  const std::string text = to_json(report) + "\n";
  if (arguments.report) write_atomically(*arguments.report, text);
  if (arguments.json)
    fmt::print("{}", text);
  else
    print_table(report);
  return report["advice"].is_null() ? some_failed : all_good;
}

CommandEntry::Run set_up_advise(CLI::App& parser) {
  const auto arguments = std::make_shared<AdviseArguments>();
  parser.footer("W is (outputs, inputs), X is (samples, inputs). Exit code 1: no quantizer that was run reaches it.");
  parser.add_option("--weights", arguments->weights, "the weights W of the layer")->required()->type_name("W.npy");
  parser.add_option("--inputs", arguments->inputs, "the inputs X of the layer")->required()->type_name("X.npy");
  parser.add_option("--target", arguments->target, "the relative squared error ||XW - XQ||^2 / ||XW||^2 to reach")
      ->required();
  parser.add_flag("--json", arguments->json, "print the report as JSON instead of a table");
  parser.add_option("--report", arguments->report, "write the report (default: not written)")->type_name("R.json");
  return [arguments](const auto&) { return advise(*arguments); };
}

const Registered<CommandEntry> advise_command(
    CommandEntry("advise", "Finds the fewest levels that reach a relative squared error", set_up_advise));

}  // namespace
}  // namespace pathquant::cli
