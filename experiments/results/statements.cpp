#include "experiments/results/statements.hpp"
#include "experiments/results/cell_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "experiments/results/plotted.hpp"
#include "experiments/results/table.hpp"

namespace pathquant {
namespace {

constexpr std::size_t most_pairs = 12;    // of quantizers that are printed
constexpr std::size_t fewest_rivals = 3;  // on a board that is printed: two are a comparison

std::string number(const Row& value, const char* format = "{:.4g}") {
  return value.is_null() ? "-" : fmt::format(fmt::runtime(format), value.get<double>());
}

std::string interval(const Row& low, const Row& high) {
  return low.is_null() ? "" : fmt::format(" [{:.4g}, {:.4g}]", low.get<double>(), high.get<double>());
}

class Statements {
 public:
  Statements(const Plan& plan, const std::vector<PlannedCell>& shown, const Results& results)
      : results_(results),
        measure_(names_of(plan.columns, {ColumnKind::cost}).empty() ? "error" : "cost"),
        powers_(loglog(plan.config.plot)),
        axes_(plotted_columns(plan.config.plot, "x")),
        metrics_(plotted_columns(plan.config.plot, "y")) {
    for (const PlannedCell& planned : shown) shown_.insert(planned.cell->id());
    const auto spoken_of = [&](const std::string& metric) {
      return std::any_of(results.exponents.begin(), results.exponents.end(),
                         [&](const Row& row) { return row["metric"] == metric; }) ||
             std::any_of(results.comparisons.begin(), results.comparisons.end(),
                         [&](const Row& row) { return row["metric"] == metric; });
    };
    for (const std::string& cost : names_of(plan.columns, {ColumnKind::cost}))
      if (std::find(metrics_.begin(), metrics_.end(), cost) == metrics_.end()) metrics_.push_back(cost);
    std::erase_if(metrics_, [&](const std::string& metric) { return !spoken_of(metric); });
    if (metrics_.empty()) metrics_ = {"relative_squared_error"};
  }

  std::string text() const { return exponents() + comparisons() + leaderboard() + audit(); }

 private:
  bool wanted(const Row& row) const {
    return shown_.contains(row["cell_id"].get<std::string>()) &&
           std::find(metrics_.begin(), metrics_.end(), row["metric"]) != metrics_.end();
  }

  // An error that the plot names, beside the one that decides.
  bool plotted(const Row& metric) const {
    return metric != "relative_squared_error" && std::find(metrics_.begin(), metrics_.end(), metric) != metrics_.end();
  }

  // A plot on other scales does not ask for a power law.
  static bool loglog(const Node& plot) {
    const Node* scale = plot.find("scale");
    return scale == nullptr || scale->kind != Node::Kind::scalar || scale->value == Value(std::string("loglog"));
  }

  std::string exponents() const {
    if (!powers_) return "";
    Table table({"series", "axis", measure_, "slope", "+-", "off by", "trials", "fitted"});
    bool any = false;
    for (const Row& row : results_.exponents) {
      const bool asked = axes_.empty() || std::find(axes_.begin(), axes_.end(), row["axis"]) != axes_.end();
      if (!asked || !wanted(row)) continue;
      any = true;
      const bool rate = !row["rate"].is_null();
      const Row& half = row["standard_error"].is_null() ? row["standard_error"] : row["high"];
      table.add({row["series"].get<std::string>().empty() ? "all" : row["series"], row["axis"],
                 rate ? "rate " + row["rate"].get<std::string>() : row["metric"].get<std::string>(),
                 number(row["slope"], "{:.4f}"),
                 half.is_null() ? "-" : fmt::format("{:.2g}", half.get<double>() - row["slope"].get<double>()),
                 number(row["off_by"], "{:.3g}"), rate ? "-" : row["count"].dump(),
                 fmt::format("{:.6g} to {:.6g}", row["from"].get<double>(), row["to"].get<double>())});
    }
    if (!any) return "";
    return fmt::format(
               "\nslopes of log {} over log axis, fitted in each trial; +- 95 % over the trials; off by: factor at the "
               "worst point\n",
               measure_) +
           table.text();
  }

  // One line for each pair of quantizers: its least and its largest ratio over the cells.
  struct Pair {
    std::string name, metric;
    const Row* least = nullptr;
    const Row* largest = nullptr;
    std::size_t cells = 0, wins = 0, trials = 0;

    void add(const Row& row) {
      ++cells;
      wins += row["wins"].get<std::size_t>();
      trials += row["count"].get<std::size_t>();
      if (row["ratio"].is_null()) return;
      const double ratio = row["ratio"];
      if (least == nullptr || ratio < (*least)["ratio"].get<double>()) least = &row;
      if (largest == nullptr || ratio > (*largest)["ratio"].get<double>()) largest = &row;
    }
  };

  std::string comparisons() const {
    std::vector<Pair> pairs;
    for (const Row& row : results_.comparisons) {
      if (!wanted(row)) continue;
      const std::string name =
          fmt::format("{} / {}", row["quantizer"].get<std::string>(), row["reference"].get<std::string>());
      auto found = std::find_if(pairs.begin(), pairs.end(),
                                [&](const Pair& p) { return p.name == name && p.metric == row["metric"]; });
      if (found == pairs.end()) found = pairs.insert(pairs.end(), {name, row["metric"]});
      found->add(row);
    }
    if (pairs.empty()) return "";
    const auto ratio = [](const Row* row) {
      if (row == nullptr) return std::string("-");
      if ((*row)["low"].is_null()) return number((*row)["ratio"]);
      return fmt::format("{:.4g} [{:.4g}, {:.4g}]", (*row)["ratio"].get<double>(),
                         std::exp((*row)["low"].get<double>()), std::exp((*row)["high"].get<double>()));
    };
    Table table({"quantizers", measure_, "cells", "least ratio", "largest ratio", "smaller in"});
    for (std::size_t i = 0; i < std::min(pairs.size(), most_pairs); ++i) {
      const Pair& pair = pairs[i];
      table.add({pair.name, pair.metric, std::to_string(pair.cells), ratio(pair.least), ratio(pair.largest),
                 fmt::format("{} of {} trials", pair.wins, pair.trials)});
    }
    std::string text = fmt::format(
                           "\npaired on the same X and W: geometric mean of the ratio of {}s [95 % over the trials], "
                           "in the cells where it is least and largest\n",
                           measure_) +
                       table.text();
    if (pairs.size() > most_pairs)
      text += fmt::format("... and {} pairs more: `comparisons` in results.json\n", pairs.size() - most_pairs);
    return text;
  }

  std::string leaderboard() const {
    Table table({"board", "ranked by", "place", "quantizer", "mean rank", "wins", "ratio to the first", "s/weight",
                 "line", "line / measured"});
    bool any = false;
    for (const Row& row : results_.leaderboard) {
      if (row["rivals"].get<std::size_t>() < fewest_rivals || !(row["decides"].get<bool>() || plotted(row["metric"])))
        continue;
      any = true;
      table.add({row["board"].dump(), row["metric"], row["place"].dump(), row["quantizer"],
                 number(row["mean_rank"], "{:.3g}") + interval(row["rank_low"], row["rank_high"]),
                 fmt::format("{} of {}", row["wins"].dump(), row["contests"].dump()),
                 number(row["ratio"]) + interval(row["low"], row["high"]), number(row["seconds"], "{:.2g}"),
                 row["line"].is_null() ? "-"
                                       : fmt::format("{} in {} of {}", row["line"].get<std::string>(),
                                                     row["line_cells"].dump(), row["conditions"].dump()),
                 number(row["line_ratio"], "{:.3g}")});
    }
    if (!any) return "";
    return "\nleaderboard: quantizers on the same layers, by mean rank [95 % over the trials]: of the error on fresh rows "
           "where it is measured\n(fresh_relative_squared_error), otherwise on the calibration data; wins: contests "
           "(condition and trial) in which\nthe error was smallest; s/weight is of the whole task\n" +
           table.text();
  }

  static std::string allowed(const Row& row) {
    if (row["kind"] == "upper") return "at most " + number(row["eta"], "{:.3g}");
    if (row["kind"] == "prediction") return fmt::format("1 within {:.3g} %", 100 * row["accuracy"].get<double>());
    return row["kind"] == "lower_mean" ? "at most 1" : "at least 1";
  }

  static std::string verdict(const Row& consistent) {
    if (consistent.is_null()) return "too few trials";
    return consistent.get<bool>() ? "not refuted" : "REFUTED";
  }

  std::string audit() const {
    Table table(
        {"line", "kind", "cells", "judged", "exceeded", "in the worst cell", "allowed", "value / measured", "verdict"});
    bool any = false;
    for (const Row& row : results_.audit) {
      if (!row["cell_id"].is_null()) continue;
      any = true;
      const bool upper = row["kind"] == "upper";
      table.add({row["bound"], row["kind"], row["cells"].dump(), row["judged"].dump(),
                 upper ? row["violations"].dump() : "-",
                 (upper ? number(row["rate"]) : "ratio " + number(row["ratio"])) +
                     interval(row["deciding_low"], row["deciding_high"]),
                 allowed(row),
                 upper ? fmt::format("{} ({} to {})", number(row["looseness_median"], "{:.3g}"),
                                     number(row["looseness_q05"], "{:.3g}"), number(row["looseness_q95"], "{:.3g}"))
                       : "-",
                 verdict(row["consistent"])});
    }
    if (!any) return "";
    return fmt::format(
               "\naudit: share of trials that exceed an upper bound, ratio mean value / mean measured of the others, in "
               "the worst cell\n[{:.2f} % for all cells of a line at once: REFUTED where nothing in it is allowed]; "
               "value / measured: median, 5 to 95 % of the trials\n",
               100 * (1 - 2 * refuted_below)) +
           table.text();
  }

  const Results& results_;
  std::string measure_;  // what the metrics are
  bool powers_;
  std::vector<std::string> axes_, metrics_;
  std::set<std::string> shown_;
};

}  // namespace

std::string statements(const Plan& plan, const std::vector<PlannedCell>& shown, const Results& results) {
  return Statements(plan, shown, results).text();
}

}  // namespace pathquant
