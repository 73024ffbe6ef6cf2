#include "experiments/cli/ranking.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/alphabet/mse_step.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/validated.hpp"
#include "experiments/results/table.hpp"

namespace pathquant::cli {
namespace {

struct Candidate {
  const QuantizerEntry* entry;
  std::shared_ptr<const Quantizer> quantizer;
};

// With standard parameters; as many planes as give this many levels, where that can be said.
std::vector<Candidate> candidates(std::int64_t levels) {
  std::vector<Candidate> list;
  for (const QuantizerEntry* entry : Registry<QuantizerEntry>::instance().all()) {
    const ParameterTable& table = entry->description.parameters;
    if (std::any_of(table.begin(), table.end(), [](const Parameter& parameter) { return parameter.must_be_given; }))
      continue;
    std::map<std::string, Value> given;
    if (find(table, "alphabet.step") != nullptr) given = {{"alphabet.levels", "infinite"}, {"alphabet.step", 1.0}};
    if (find(table, "planes") != nullptr)
      given["planes"] = std::max<std::int64_t>(1, static_cast<std::int64_t>(bits_of(static_cast<double>(levels))));
    try {
      list.push_back({entry, make_quantizer(*entry, Parameters(table, given))});
    } catch (const std::invalid_argument&) {
      // It does not come in this size.
    }
  }
  return list;
}

// Alphabets of the size of Q's: its own, and the one whose step suits the weights best.
template <class S>
std::vector<std::pair<const char*, Alphabet>> alphabets(const RowMatrix<S>& weights, const Alphabet& own) {
  std::vector<std::pair<const char*, Alphabet>> list = {{"as Q", own}};
  Alphabet best = own;
  const bool one_step = own.steps.minCoeff() == own.steps.maxCoeff();
  const RowMatrix<double> all = weights.template cast<double>();
  for (Index j = 0; j < own.steps.size(); ++j) {
    if (one_step && j > 0) {
      best.steps(j) = best.steps(0);
      continue;
    }
    const auto step = mse_step(one_step ? all : RowMatrix<double>(all.col(j)), own.kind, own.half_levels, own.values);
    if (step) best.steps(j) = static_cast<double>(static_cast<S>(*step));
  }
  list.emplace_back("mse", best);
  return list;
}

template <class S>
nlohmann::ordered_json row(const Candidate& candidate, const char* step, const LayerProblem<S>& problem,
                           const Alphabet& alphabet) {
  const ExecutionContext never;
  nlohmann::ordered_json row;
  row["quantizer"] = candidate.entry->description.name;
  row["step"] = step;
  row["relative_squared_error"] = nullptr;
  row["error"] = nullptr;
  try {
    const auto result = candidate.quantizer->quantize(problem, alphabet, Stream("seed=0/audit/decision"), never);
    const double error = measure(problem, result.weights, never).relative_squared_error();
    if (std::isfinite(error)) row["relative_squared_error"] = error;
    if (result.planes) {
      const auto& planes = *result.planes;
      row["rate"] = bits_per_weight(static_cast<double>(planes.format.levels),
                                    static_cast<double>(planes.stored_scales()), problem.shape());
    }
  } catch (const std::exception& error) {
    row["error"] = error.what();
  }
  return row;
}

}  // namespace

template <class S>
nlohmann::ordered_json ranking(const LayerProblem<S>& problem, const Alphabet& alphabet, double relative_squared_error,
                               double own_rate) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Candidate& candidate : candidates(alphabet.levels().value())) {
    if (candidate.quantizer->traits().own_levels) {
      auto own = row(candidate, "its own", problem, Alphabet{});
      if (own.contains("rate") && own["rate"].template get<double>() <= own_rate) rows.push_back(std::move(own));
      continue;
    }
    for (const auto& [step, same_size] : alphabets(problem.weights(), alphabet)) {
      rows.push_back(row(candidate, step, problem, same_size));
      rows.back()["rate"] = own_rate;
    }
  }
  const auto failed = [](const auto& row) { return row["relative_squared_error"].is_null(); };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (failed(a) || failed(b)) return !failed(a) && failed(b);
    return a["relative_squared_error"].template get<double>() < b["relative_squared_error"].template get<double>();
  });
  const auto better = std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
    return !failed(row) && row["relative_squared_error"].template get<double>() < relative_squared_error;
  });
  const auto all = std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return !failed(row); });
  return {{"rank", better + 1}, {"of", all + 1}, {"compared", std::move(rows)}};
}

void print_ranking(const nlohmann::ordered_json& ranking, double relative_squared_error) {
  Table table({"at most its rate", "step", "rel. sq. error"});
  bool shown = false;
  const auto show_it = [&] { table.add({"> this Q", "", fmt::format("{:.6g}", relative_squared_error)}); };
  for (const auto& row : ranking["compared"]) {
    const auto& error = row["relative_squared_error"];
    if (!shown && (error.is_null() || error.get<double>() >= relative_squared_error)) {
      show_it();
      shown = true;
    }
    table.add({row["quantizer"], row["step"],
               error.is_null() ? row["error"].get<std::string>() : fmt::format("{:.6g}", error.get<double>())});
  }
  if (!shown) show_it();
  fmt::print("\n{}rank {} of {}\n", table.text(), ranking["rank"].dump(), ranking["of"].dump());
}

template nlohmann::ordered_json ranking(const LayerProblem<float>&, const Alphabet&, double, double);
template nlohmann::ordered_json ranking(const LayerProblem<double>&, const Alphabet&, double, double);

}  // namespace pathquant::cli
