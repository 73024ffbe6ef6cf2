#include "experiments/results/collect.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "experiments/plan/stopping.hpp"
#include "experiments/results/audit.hpp"
#include "experiments/results/bound_table.hpp"
#include "experiments/results/comparisons.hpp"
#include "experiments/results/exponents.hpp"
#include "experiments/results/leaderboard.hpp"
#include "experiments/results/plotted.hpp"
#include "experiments/results/summary.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

// One stored trial of a cell, parsed.
struct Trial {
  std::int64_t number = 0;
  std::string status;
  double seconds = 0;
  nlohmann::json content;

  bool ok() const { return status == "ok"; }
};

// The layers that a cell's ok trials measured, in order; a single null where there are none.
std::vector<Row> layers_of(const std::vector<Trial>& trials) {
  std::vector<Row> layers;
  for (const Trial& trial : trials) {
    if (!trial.ok()) continue;
    for (const auto& item : trial.content.at("layers"))
      if (std::find(layers.begin(), layers.end(), Row(item.at("layer"))) == layers.end())
        layers.emplace_back(item.at("layer"));
  }
  if (layers.empty()) layers.emplace_back(nullptr);
  return layers;
}

class Collector {
 public:
  Collector(const Plan& plan, const StoredTasks& stored)
      : plan_(plan),
        stored_(stored),
        counter_(plan.config.stop),
        experiment_(*Registry<ExperimentEntry>::instance().find(plan.config.experiment)) {
    for (const PlannedCell& planned : plan.cells)
      for (const auto& [name, value] : planned.cell->columns())
        if (!names_.contains(name)) names_[name] = nullptr;
  }

  Results run() {
    for (const PlannedCell& planned : plan_.cells) add(planned);
    // Layers of a network are compared with the same layer of other cells only.
    for (const auto& [layer, cells] : cells_) {
      append(results_.exponents, exponents(cells, experiment_.columns, plotted_columns(plan_.config.plot, "x")));
      append(results_.comparisons, comparisons(cells, experiment_.columns));
      add_leaderboard(cells, experiment_.columns, results_.leaderboard);
    }
    std::vector<MeasuredCell> all;
    for (auto& [layer, cells] : cells_) std::move(cells.begin(), cells.end(), std::back_inserter(all));
    results_.audit = audit(all);
    return std::move(results_);
  }

 private:
  static void append(std::vector<Row>& to, std::vector<Row> rows) {
    std::move(rows.begin(), rows.end(), std::back_inserter(to));
  }

  void add(const PlannedCell& planned) {
    const std::int64_t wanted = counter_.count(planned, stored_).wanted;
    const std::vector<Trial> trials = trials_of(planned, wanted);
    Row columns = names_;
    for (const auto& [name, value] : planned.cell->columns()) columns[name] = value;
    const std::vector<Row> layers = layers_of(trials);
    for (const Row& layer : layers) {
      MeasuredCell measured;
      measured.planned = &planned;
      measured.layer = layer;
      CellSummary summary(planned.cell->id(), layer, static_cast<std::size_t>(wanted));
      std::vector<LayerTrial> of_layer;
      for (const Trial& trial : trials) {
        if (!trial.ok()) {
          if (&layer == &layers.front()) add_failure(measured, trial, columns);
          summary.add_status(trial.status);
          continue;
        }
        for (const auto& item : trial.content.at("layers"))
          if (Row(item.at("layer")) == layer) {
            of_layer.push_back({trial.number, item});
            add_record(measured, trial, of_layer.back(), columns, summary);
          }
      }
      add_bounds(of_layer, measured);
      for (Row& row : summary.rows(measured.lines)) {
        count_judged(row["holds"]);
        results_.summary.push_back(std::move(row));
      }
      cells_[layer].push_back(std::move(measured));
    }
  }

  std::vector<Trial> trials_of(const PlannedCell& planned, std::int64_t wanted) {
    std::vector<Trial> trials;
    for (std::int64_t number = 0; number < wanted; ++number) {
      const auto found = stored_.find({planned.cell->id(), number});
      if (found == stored_.end()) {
        ++results_.missing;
        continue;
      }
      const StoredTask& task = found->second;
      results_.bad += task.status == "failed" || task.status == "timeout" ? 1 : 0;
      trials.push_back({number, task.status, task.seconds, nlohmann::json::parse(task.content)});
    }
    return trials;
  }

  void count_judged(const Row& holds) {
    if (!holds.is_boolean()) return;
    ++results_.judged;
    results_.violated += holds.get<bool>() ? 0 : 1;
  }

  static Row record_row(const MeasuredCell& measured, const Trial& trial, const Row& columns) {
    Row row = row_about(measured.id(), trial.number, measured.layer);
    row["status"] = trial.status;
    row["error"] = trial.ok() ? Row(nullptr) : Row(trial.content.at("error"));
    row["seconds"] = trial.seconds;
    row.update(columns);
    return row;
  }

  void add_failure(const MeasuredCell& measured, const Trial& trial, const Row& columns) {
    Row row = record_row(measured, trial, columns);
    row["layer"] = nullptr;
    for (const std::string& name : measured_) row[name] = nullptr;
    results_.records.push_back(std::move(row));
  }

  void add_record(MeasuredCell& measured, const Trial& trial, const LayerTrial& layer, const Row& columns,
                  CellSummary& summary) {
    if (layer.content.contains("columns")) measured.own_columns = Row(layer.content.at("columns"));
    Row row = record_row(measured, trial, columns);
    row.update(measured.own_columns);
    const nlohmann::json& record = layer.content.at("record");
    for (const std::string& name : measured_) {
      row[name] = nullptr;
      const auto value = record.find(name);
      if (value == record.end() || value->is_null()) continue;
      row[name] = *value;
      if (!value->is_number()) continue;  // a word has no mean
      summary.add_measurement(name, value->get<double>());
      measured.values[name][trial.number] = value->get<double>();
    }
    ++measured.trials;
    measured.seconds += trial.seconds;
    summary.add_status(trial.status);
    results_.records.push_back(std::move(row));
  }

  void add_bounds(const std::vector<LayerTrial>& layers, MeasuredCell& measured) {
    std::map<std::string, BoundOutcomes> bounds;
    const Config& config = plan_.config;
    for (const LayerTrial& layer : layers) {
      const ContentLookup lookup = [&](const Computation& computation) -> std::optional<nlohmann::json> {
        const auto found = stored_.find({computation.id(), computation.random() ? layer.trial : 0});
        if (found == stored_.end() || found->second.status != "ok") return std::nullopt;
        return nlohmann::json::parse(found->second.content);
      };
      for (BoundRow& row : measured.planned->cell->bounds(config.bounds, config.probability, layer.content, lookup)) {
        BoundOutcomes& outcomes = bounds[row.name];
        if (row.value)
          outcomes.applying.emplace_back(&layer, std::move(row));
        else
          outcomes.refused.push_back(std::move(row));
      }
    }
    const std::size_t before = results_.bounds.size();
    add_bound_rows(bounds, measured, results_.bounds, results_.rates);
    for (std::size_t i = before; i < results_.bounds.size(); ++i) count_judged(results_.bounds[i]["holds"]);
  }

  const Plan& plan_;
  const StoredTasks& stored_;
  TrialCounter counter_;
  const ExperimentEntry& experiment_;
  std::vector<std::string> measured_ = names_of(experiment_.columns, outcome_kinds);
  Row names_ = Row::object();                       // every parameter column of any cell, null
  std::map<Row, std::vector<MeasuredCell>> cells_;  // by layer
  Results results_;
};

}  // namespace

std::vector<std::pair<const char*, const std::vector<Row>*>> Results::tables() const {
  return {{"records", &records},     {"bounds", &bounds},           {"summary", &summary},         {"rates", &rates},
          {"exponents", &exponents}, {"comparisons", &comparisons}, {"leaderboard", &leaderboard}, {"audit", &audit}};
}

Results collect(const Plan& plan, const StoredTasks& stored) {
  return Collector(plan, stored).run();
}

}  // namespace pathquant
