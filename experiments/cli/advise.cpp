// `advise`: how few levels reach a target, for one layer from NPY files.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/advice/forecast.hpp"
#include "core/bounds/rate_limit.hpp"
#include "core/data/npy.hpp"
#include "core/metrics.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/json_text.hpp"
#include "experiments/provenance.hpp"
#include "experiments/results/table.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t most_levels = 65536;
constexpr std::size_t to_run = 3;
// Forecasts are right to some 5 per cent where nothing clips and less so where much does: what is this much above the
// target is tried too.
constexpr double near_miss = 1.25;

struct Candidate {
  std::string quantizer;
  FeatureOrder order = FeatureOrder::natural;
  std::int64_t levels = 0;
  Forecast forecast = {};
  std::optional<double> measured = {};
  std::int64_t clipped = 0;
  LineValue limit = NotApplicable{};
  double rate = 0;
};

Json order_name(const Candidate& one) {
  if (one.quantizer == "msq") return nullptr;
  return one.order == FeatureOrder::natural ? "natural" : "decreasing_norm";
}

// The fewest levels whose forecast is at most `goal`, and those forecasts; none where even the most are not enough.
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
      : problem_(std::move(problem)), target_(target), forecast_(problem_, never_) {}

  // Cheapest first; the first of `to_run`, and more until one reaches the target, are run.
  std::vector<Candidate> candidates() {
    std::vector<Candidate> list;
    const auto add = [&](const std::string& quantizer, FeatureOrder order, const auto& predict) {
      const auto first = fewest_levels(near_miss * target_, predict);
      if (!first) return;
      // The near misses, the fewest levels that are forecast to be enough, and one more.
      for (std::int64_t levels = *first;; ++levels) {
        list.push_back({quantizer, order, levels, predict(levels)});
        if (list.back().forecast.relative_squared_error <= target_ / near_miss || levels >= *first + 8) break;
      }
    };
    add("msq", FeatureOrder::natural, [&](std::int64_t levels) { return forecast_.msq(levels); });
    for (const FeatureOrder order : {FeatureOrder::natural, FeatureOrder::decreasing_norm})
      add("gpfq", order, [&](std::int64_t levels) { return forecast_.gpfq(levels, order); });
    std::stable_sort(list.begin(), list.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(a.levels, a.forecast.relative_squared_error) <
             std::pair(b.levels, b.forecast.relative_squared_error);
    });
    bool reached = false;
    for (std::size_t i = 0; i < list.size() && (i < to_run || !reached); ++i) {
      run(list[i]);
      reached = reached || *list[i].measured <= target_;
    }
    for (Candidate& one : list) add_limit(one);
    return list;
  }

 private:
  void run(Candidate& one) const {
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(one.quantizer);
    const Alphabet alphabet = balanced_alphabet(one.levels, one.forecast.step, problem_.shape().neurons);
    std::map<std::string, Value> given = {{"alphabet.levels", one.levels}, {"alphabet.step", one.forecast.step}};
    if (alphabet.kind == AlphabetKind::midrise) given["alphabet.kind"] = "midrise";
    if (one.order != FeatureOrder::natural) given["order"] = "decreasing_norm";
    const auto quantizer = entry.make(Parameters(entry.description.parameters, given));
    const QuantizedLayer<double> result =
        quantizer->quantize(problem_, alphabet, Stream("seed=0/trial=0/layer=0/decision"), never_);
    one.measured = measure(problem_, result.weights, never_).relative_squared_error();
    one.clipped = result.clipped;
  }

  void add_limit(Candidate& one) const {
    const LayerShape shape = problem_.shape();
    one.rate = rate(static_cast<double>(one.levels), 1, shape);
    LayerFacts facts;
    facts.shape = shape;
    facts.rate = one.rate;
    const double deviation = std::sqrt(problem_.weights().squaredNorm() / static_cast<double>(problem_.weights().size()));
    facts.weight_law = EntryLaw{ScalarLaw::gaussian(), deviation};
    facts.statistics.path = forecast_.path();
    one.limit = rate_limit(facts);
    if (double* energy = std::get_if<double>(&one.limit)) *energy /= forecast_.signal_energy();
  }

  const Interrupt never_;
  LayerProblem<double> problem_;
  double target_;
  LayerForecast forecast_;
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
  row["measured"] = one.measured ? Json(*one.measured) : Json(nullptr);
  row["clipped"] = one.measured ? Json(one.clipped) : Json(nullptr);
  row["reaches"] = one.measured ? Json(*one.measured <= target) : Json(nullptr);
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
    if (!row["measured"].is_null())
      table.add({row["quantizer_name"], row["quantizer_order"].is_null() ? "-" : row["quantizer_order"].get<std::string>(),
                 row["levels"].dump(), number(row["step"]), number(row["predicted"]), number(row["measured"]),
                 row["clipped"].dump(), number(row["limit"])});
  fmt::print("{}", table.text());
  if (const Json& reason = report["candidates"][0]["limit_reason"]; !reason.is_null())
    fmt::print("no limit: {}\n", reason.get<std::string>());
  if (report["advice"].is_null())
    fmt::print("none of them reaches {}\n", report["target"].dump());
  else
    fmt::print("take {}\n", report["parameters"].get<std::string>());
}

}  // namespace

int advise(const AdviseArguments& arguments) {
  if (!(arguments.target > 0 && arguments.target < 1))
    throw UsageError("--target is a relative squared error above 0 and below 1, such as 0.01");
  LayerProblem<double> problem(read_npy_inputs(arguments.inputs).values, std::nullopt,
                               read_npy_weights(arguments.weights).values);
  Json report;
  report["target"] = arguments.target;
  report["width"] = problem.shape().width;
  report["samples"] = problem.shape().samples;
  report["neurons"] = problem.shape().neurons;
  const std::vector<Candidate> candidates = Advisor(std::move(problem), arguments.target).candidates();
  if (candidates.empty())
    throw UsageError(fmt::format("no scheme is forecast to reach {} with up to {} levels", arguments.target, most_levels));
  report["advice"] = nullptr;
  report["parameters"] = nullptr;
  report["candidates"] = Json::array();
  const Candidate* best = nullptr;
  for (const Candidate& one : candidates) {
    report["candidates"].push_back(json_of(one, arguments.target));
    if (!one.measured || *one.measured > arguments.target) continue;
    if (best != nullptr && std::pair(best->levels, *best->measured) <= std::pair(one.levels, *one.measured)) continue;
    best = &one;
    report["advice"] = report["candidates"].back();
    report["parameters"] = parameters_of(report["advice"]);
  }
  report["limit_is_of"] = "any quantizer at this rate, for Gaussian weights of this mean square (runsweep explain "
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

}  // namespace pathquant::cli
