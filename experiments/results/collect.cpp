#include "experiments/results/collect.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>

#include "experiments/plan/stopping.hpp"
#include "experiments/results/audit.hpp"
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
};

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
    results_.exponents = exponents(cells_, experiment_.columns, plotted_columns(plan_.config.plot, "x"));
    results_.comparisons = comparisons(cells_, experiment_.columns);
    results_.leaderboard = leaderboard(cells_, experiment_.columns);
    results_.audit = audit(cells_);
    return std::move(results_);
  }

 private:
  void add(const PlannedCell& planned) {
    const Cell& cell = *planned.cell;
    std::vector<Trial> trials;
    const std::int64_t wanted = counter_.count(planned, stored_).wanted;
    for (std::int64_t number = 0; number < wanted; ++number) {
      const auto found = stored_.find({cell.id(), number});
      if (found == stored_.end()) {
        ++results_.missing;
        continue;
      }
      const StoredTask& task = found->second;
      trials.push_back({number, task.status, task.seconds, nlohmann::json::parse(task.content)});
    }
    Row columns = names_;
    for (const auto& [name, value] : cell.columns()) columns[name] = value;
    CellSummary summary(cell.id(), static_cast<std::size_t>(wanted));
    cells_.emplace_back().planned = &planned;
    for (const Trial& trial : trials) add_record(cell, columns, trial, summary);
    add_lines(cell, trials);
    for (Row& row : summary.rows(cells_.back().lines)) {
      count_judged(row["holds"]);
      results_.summary.push_back(std::move(row));
    }
  }

  void count_judged(const Row& holds) {
    if (!holds.is_boolean()) return;
    ++results_.judged;
    results_.violated += holds.get<bool>() ? 0 : 1;
  }

  void add_record(const Cell& cell, const Row& columns, const Trial& trial, CellSummary& summary) {
    const bool ok = trial.status == "ok";
    results_.bad += trial.status == "failed" || trial.status == "timeout" ? 1 : 0;
    Row row;
    row["cell_id"] = cell.id();
    row["trial"] = trial.number;
    row["layer"] = nullptr;
    row["status"] = trial.status;
    row["error"] = ok ? Row(nullptr) : Row(trial.content.at("error"));
    row["seconds"] = trial.seconds;
    row.update(columns);
    for (const std::string& name : measured_) {
      row[name] = nullptr;
      if (!ok) continue;
      const nlohmann::json& record = trial.content.at("record");
      const auto value = record.find(name);
      if (value == record.end() || value->is_null()) continue;
      row[name] = *value;
      if (!value->is_number()) continue;  // a word has no mean
      summary.add_measurement(name, value->get<double>());
      cells_.back().values[name][trial.number] = value->get<double>();
    }
    cells_.back().trials += ok ? 1 : 0;
    cells_.back().seconds += ok ? trial.seconds : 0;
    summary.add_status(trial.status);
    results_.records.push_back(std::move(row));
  }

  // What one line says in the trials of a cell.
  struct BoundOutcomes {
    std::vector<std::pair<const Trial*, BoundRow>> applying;
    std::vector<BoundRow> refused;

    BoundKind kind() const { return (applying.empty() ? refused.front() : applying.front().second).kind; }
  };

  void add_lines(const Cell& cell, const std::vector<Trial>& trials) {
    std::map<std::string, BoundOutcomes> lines;
    const Config& config = plan_.config;
    for (const Trial& trial : trials) {
      if (trial.status != "ok") continue;
      const ContentLookup lookup = [&](const Computation& computation) -> std::optional<nlohmann::json> {
        const auto found = stored_.find({computation.id(), computation.random() ? trial.number : 0});
        if (found == stored_.end() || found->second.status != "ok") return std::nullopt;
        return nlohmann::json::parse(found->second.content);
      };
      for (BoundRow& row : cell.lines(config.bounds, config.probability, trial.content, lookup)) {
        BoundOutcomes& line = lines[row.name];
        if (row.value)
          line.applying.emplace_back(&trial, std::move(row));
        else
          line.refused.push_back(std::move(row));
      }
    }
    for (const auto& [name, line] : lines) {
      if (line.kind() == BoundKind::decay)
        add_rate(cell, line);
      else
        add_line(cell, line);
    }
  }

  void add_line(const Cell& cell, const BoundOutcomes& line) {
    const bool mean = line.kind() != BoundKind::upper;
    // A hypothesis about a mean is one about all trials of the cell, unless each trial only samples it.
    const bool sampled =
        std::all_of(line.refused.begin(), line.refused.end(), [](const BoundRow& r) { return r.sampled; });
    const bool refused = !line.refused.empty() && !(mean && sampled && line.refused.size() < line.applying.size());
    if (refused) results_.bounds.push_back(refused_row(cell, line));
    if (line.applying.empty() || (mean && refused)) return;
    const BoundRow& first = line.applying.front().second;
    CellLine& told = cells_.back().lines.emplace_back();
    told = {first.name, first.kind, first.metric, first.probability};
    for (const auto& [trial, row] : line.applying) {
      add_bound(cell, *trial, row);
      const nlohmann::json& record = trial->content.at("record");
      told.values.push_back(*row.value);
      told.measured.push_back(record.at(row.metric));
      if (mean) told.signal.push_back(record.at("signal_energy"));
      if (row.gap_bits) told.gaps.push_back(*row.gap_bits);
      told.tolerance = std::max(told.tolerance, row.tolerance);
    }
  }

  // A rate has no constant, so it is no row of `bounds`: what it says is how its shape changes from cell to cell. Its
  // hypotheses are about all trials of the cell.
  void add_rate(const Cell& cell, const BoundOutcomes& line) {
    const BoundRow& any = line.refused.empty() ? line.applying.front().second : line.refused.front();
    Row row;
    row["cell_id"] = cell.id();
    row["layer"] = nullptr;
    row["rate"] = any.name;
    row["metric"] = rate_metric;
    row["shape"] = nullptr;
    row["applies"] = line.refused.empty();
    row["reason"] = line.refused.empty() ? Row(nullptr) : refused_row(cell, line)["reason"];
    if (line.refused.empty()) {
      // The shape of the error energy over the mean energy, as every mean is drawn.
      double shape = 0, energy = 0;
      for (const auto& [trial, told] : line.applying) {
        shape += *told.value;
        energy += trial->content.at("record").at("signal_energy").get<double>();
      }
      row["shape"] = or_null(shape / energy);
      cells_.back().rates[any.name] = shape / energy;
    }
    results_.rates.push_back(std::move(row));
  }

  static Row bound_row(const Cell& cell, const BoundRow& line) {
    Row row;
    row["cell_id"] = cell.id();
    row["trial"] = nullptr;
    row["layer"] = nullptr;
    row["bound"] = line.name;
    row["kind"] = to_text(line.kind);
    row["metric"] = line.metric;
    row["value"] = nullptr;
    row["probability"] = line.probability ? Row(*line.probability) : Row(nullptr);
    row["applies"] = false;
    row["reason"] = nullptr;
    row["measured"] = nullptr;
    row["ratio"] = nullptr;
    row["holds"] = nullptr;
    row["gap_bits"] = nullptr;
    return row;
  }

  static Row refused_row(const Cell& cell, const BoundOutcomes& line) {
    const BoundRow& first = line.refused.front();
    Row row = bound_row(cell, first);
    row["reason"] = first.reason;
    const std::size_t all = line.refused.size() + line.applying.size();
    if (!line.applying.empty())
      row["reason"] = fmt::format("{} ({} of {} trials)", first.reason, line.refused.size(), all);
    return row;
  }

  void add_bound(const Cell& cell, const Trial& trial, const BoundRow& line) {
    const double measured = trial.content.at("record").at(line.metric);
    Row row = bound_row(cell, line);
    row["trial"] = trial.number;
    row["value"] = *line.value;
    row["applies"] = true;
    row["measured"] = measured;
    if (measured > 0 && std::isfinite(*line.value / measured)) row["ratio"] = *line.value / measured;
    if (line.kind == BoundKind::upper) row["holds"] = measured <= *line.value * (1 + line.tolerance);
    if (line.gap_bits) row["gap_bits"] = or_null(*line.gap_bits);
    count_judged(row["holds"]);
    results_.bounds.push_back(std::move(row));
  }

  const Plan& plan_;
  const StoredTasks& stored_;
  TrialCounter counter_;
  const ExperimentEntry& experiment_;
  std::vector<std::string> measured_ = names_of(experiment_.columns, outcome_kinds);
  Row names_ = Row::object();  // every parameter column of any cell, null
  std::vector<MeasuredCell> cells_;
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
