#include "experiments/results/collect.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>

#include "experiments/results/moments.hpp"
#include "experiments/results/summary.hpp"

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
        measured_(Registry<ExperimentEntry>::instance().find(plan.config.experiment)->measured) {
    for (const PlannedCell& planned : plan.cells)
      for (const auto& [name, value] : planned.cell->columns())
        if (!names_.contains(name)) names_[name] = nullptr;
  }

  Results run() {
    for (const PlannedCell& planned : plan_.cells) add(planned);
    return std::move(results_);
  }

 private:
  void add(const PlannedCell& planned) {
    const Cell& cell = *planned.cell;
    std::vector<Trial> trials;
    for (std::int64_t number = 0; number < planned.trials; ++number) {
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
    CellSummary summary(cell.id(), static_cast<std::size_t>(planned.trials));
    for (const Trial& trial : trials) add_record(cell, columns, trial, summary);
    add_lines(cell, trials, summary);
    for (Row& row : summary.rows()) {
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
      summary.add_measurement(name, value->get<double>());
    }
    summary.add_status(trial.status);
    results_.records.push_back(std::move(row));
  }

  void add_lines(const Cell& cell, const std::vector<Trial>& trials, CellSummary& summary) {
    struct Line {
      std::vector<std::pair<const Trial*, LineRow>> applying;
      std::vector<LineRow> refused;
    };
    std::map<std::string, Line> lines;
    const Config& config = plan_.config;
    for (const Trial& trial : trials) {
      if (trial.status != "ok") continue;
      const ContentLookup lookup = [&](const Computation& computation) -> std::optional<nlohmann::json> {
        const auto found = stored_.find({computation.id(), computation.random() ? trial.number : 0});
        if (found == stored_.end() || found->second.status != "ok") return std::nullopt;
        return nlohmann::json::parse(found->second.content);
      };
      for (LineRow& row : cell.lines(config.bounds, config.probability, trial.content, lookup)) {
        Line& line = lines[row.name];
        if (row.value)
          line.applying.emplace_back(&trial, std::move(row));
        else
          line.refused.push_back(std::move(row));
      }
    }
    for (auto& [name, line] : lines) {
      const bool mean = !line.applying.empty() && line.applying.front().second.kind != LineKind::upper;
      // A hypothesis about a mean is one about all trials of the cell, unless each trial only samples it.
      const bool sampled =
          std::all_of(line.refused.begin(), line.refused.end(), [](const LineRow& r) { return r.sampled; });
      const bool refused = !line.refused.empty() && !(mean && sampled && line.refused.size() < line.applying.size());
      if (refused) add_refused(cell, line.refused, line.applying.size());
      if (mean && refused) continue;
      for (const auto& [trial, row] : line.applying) {
        add_bound(cell, *trial, row);
        if (mean)
          summary.add_line(row, *row.value, trial->content.at("record").at(row.metric),
                           trial->content.at("record").at("signal_energy"));
      }
    }
  }

  static Row bound_row(const Cell& cell, const LineRow& line) {
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
    return row;
  }

  void add_refused(const Cell& cell, const std::vector<LineRow>& refused, std::size_t applying) {
    Row row = bound_row(cell, refused.front());
    row["reason"] = refused.front().reason;
    const std::size_t all = refused.size() + applying;
    if (applying > 0) row["reason"] = fmt::format("{} ({} of {} trials)", refused.front().reason, refused.size(), all);
    results_.bounds.push_back(std::move(row));
  }

  void add_bound(const Cell& cell, const Trial& trial, const LineRow& line) {
    const double measured = trial.content.at("record").at(line.metric);
    Row row = bound_row(cell, line);
    row["trial"] = trial.number;
    row["value"] = *line.value;
    row["applies"] = true;
    row["measured"] = measured;
    if (measured > 0 && std::isfinite(*line.value / measured)) row["ratio"] = *line.value / measured;
    if (line.kind == LineKind::upper) row["holds"] = measured <= *line.value * (1 + line.tolerance);
    count_judged(row["holds"]);
    results_.bounds.push_back(std::move(row));
  }

  const Plan& plan_;
  const StoredTasks& stored_;
  const std::vector<std::string>& measured_;
  Row names_ = Row::object();  // every parameter column of any cell, null
  Results results_;
};

}  // namespace

Results collect(const Plan& plan, const StoredTasks& stored) {
  return Collector(plan, stored).run();
}

}  // namespace pathquant
