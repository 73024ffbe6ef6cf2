#include "experiments/results/leaderboard.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "experiments/results/quantizer_groups.hpp"
#include "experiments/results/series.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

// The cells of one condition, in the order of the board's quantizers.
using Condition = std::vector<const MeasuredCell*>;

struct Board {
  std::vector<std::string> quantizers;
  std::vector<Condition> conditions;
};

std::vector<Board> boards_of(const std::vector<MeasuredCell>& cells) {
  const QuantizerGroups found = quantizer_groups(cells);
  std::vector<Board> boards;
  for (const Group& group : found.groups) {
    std::map<std::string, const MeasuredCell*> condition;
    for (const std::size_t i : group.cells) condition.emplace(found.names[i], &cells[i]);
    if (condition.size() < 2) continue;
    Board board;
    Condition sorted;
    for (const auto& [name, cell] : condition) {
      board.quantizers.push_back(name);
      sorted.push_back(cell);
    }
    auto known = std::find_if(boards.begin(), boards.end(),
                              [&](const Board& other) { return other.quantizers == board.quantizers; });
    if (known == boards.end()) known = boards.insert(boards.end(), std::move(board));
    known->conditions.push_back(std::move(sorted));
  }
  return boards;
}

// One number per quantizer.
using Numbers = std::vector<double>;

Numbers ranks_of(const Numbers& errors) {
  Numbers ranks;
  for (const double error : errors) {
    const auto smaller = std::count_if(errors.begin(), errors.end(), [&](double e) { return e < error; });
    const auto equal = std::count(errors.begin(), errors.end(), error);
    ranks.push_back(static_cast<double>(smaller) + (static_cast<double>(equal) + 1) / 2);
  }
  return ranks;
}

struct Standing {
  std::vector<Numbers> ranks, logs;  // per trial; logs: of the errors
  std::vector<std::size_t> wins;
  std::size_t contests = 0;
  std::size_t conditions = 0;
  bool has_zero = false;
};

std::optional<Numbers> contest(const Condition& condition, const std::string& metric, std::int64_t trial) {
  Numbers errors;
  for (const MeasuredCell* cell : condition) {
    const auto column = cell->values.find(metric);
    if (column == cell->values.end()) return std::nullopt;
    const auto value = column->second.find(trial);
    if (value == column->second.end()) return std::nullopt;
    errors.push_back(value->second);
  }
  return errors;
}

Standing judge(const Board& board, const std::string& metric) {
  std::set<std::int64_t> trials;
  for (const Condition& condition : board.conditions)
    if (const auto column = condition.front()->values.find(metric); column != condition.front()->values.end())
      for (const auto& [trial, error] : column->second) trials.insert(trial);
  const std::size_t rivals = board.quantizers.size();
  Standing standing;
  standing.wins.assign(rivals, 0);
  std::set<const Condition*> judged;
  for (const std::int64_t trial : trials) {
    Numbers ranks(rivals, 0.0), logs(rivals, 0.0);
    double count = 0;
    for (const Condition& condition : board.conditions) {
      const auto errors = contest(condition, metric, trial);
      if (!errors) continue;
      ++count;
      judged.insert(&condition);
      const Numbers places = ranks_of(*errors);
      for (std::size_t q = 0; q < rivals; ++q) {
        ranks[q] += places[q];
        standing.wins[q] += places[q] == 1 ? 1 : 0;
        standing.has_zero = standing.has_zero || !((*errors)[q] > 0);
        if ((*errors)[q] > 0) logs[q] += std::log((*errors)[q]);
      }
    }
    if (count == 0) continue;
    for (auto* numbers : {&ranks, &logs})
      for (double& number : *numbers) number /= count;
    standing.contests += static_cast<std::size_t>(count);
    standing.ranks.push_back(std::move(ranks));
    standing.logs.push_back(std::move(logs));
  }
  standing.conditions = judged.size();
  return standing;
}

bool measured_in_all(const Board& board, const std::string& metric) {
  return std::all_of(board.conditions.begin(), board.conditions.end(), [&](const Condition& condition) {
    return std::all_of(condition.begin(), condition.end(),
                       [&](const MeasuredCell* cell) { return cell->values.contains(metric); });
  });
}

// What calibration has seen flatters the quantizers that fit it most.
std::string ranking_error(const Board& board) {
  for (const char* metric : {"fresh_relative_squared_error", "relative_squared_error"})
    if (measured_in_all(board, metric)) return metric;
  return "";
}

void add_times(const Board& board, std::size_t quantizer, Row& row) {
  double seconds = 0, weights = 0;
  for (const Condition& condition : board.conditions) {
    const MeasuredCell& cell = *condition[quantizer];
    const Row* width = cell.column("width");
    const Row* neurons = cell.column("neurons");
    if (width == nullptr || neurons == nullptr) continue;
    seconds += cell.seconds;
    weights += static_cast<double>(cell.trials) * width->get<double>() * neurons->get<double>();
  }
  row["seconds"] = weights > 0 ? or_null(seconds / weights) : Row(nullptr);
}

void add_line(const Board& board, std::size_t quantizer, const std::string& metric, Row& row) {
  struct Carried {
    std::size_t cells = 0;
    Numbers looseness;
  };
  std::map<std::string, Carried> lines;
  for (const Condition& condition : board.conditions)
    for (const CellLine& line : condition[quantizer]->lines) {
      if (line.kind != BoundKind::upper || line.metric != metric) continue;
      Carried& carried = lines[line.name];
      ++carried.cells;
      for (std::size_t i = 0; i < line.values.size(); ++i)
        if (line.measured[i] > 0) carried.looseness.push_back(line.values[i] / line.measured[i]);
    }
  for (const char* name : {"line", "line_cells", "line_ratio"}) row[name] = nullptr;
  double best = 0;
  for (auto& [name, carried] : lines) {
    std::sort(carried.looseness.begin(), carried.looseness.end());
    const double ratio = carried.looseness.empty() ? 0 : quantile(carried.looseness, 0.5);
    const bool more = row["line"].is_null() || carried.cells > row["line_cells"].get<std::size_t>();
    const bool tighter =
        !row["line"].is_null() && carried.cells == row["line_cells"].get<std::size_t>() && ratio < best;
    if (!more && !tighter) continue;
    row["line"] = name;
    row["line_cells"] = carried.cells;
    row["line_ratio"] = carried.looseness.empty() ? Row(nullptr) : or_null(ratio);
    best = ratio;
  }
}

// Of one number for each trial.
void add_interval(const Numbers& values, const char* mean_name, const char* low, const char* high, bool exponential,
                  Row& row) {
  const auto shown = [exponential](double x) { return or_null(exponential ? std::exp(x) : x); };
  const Moments mean = moments(values);
  const auto interval = student_interval(mean, values.size());
  row[mean_name] = shown(mean.mean);
  row[low] = interval ? shown(interval->low) : Row(nullptr);
  row[high] = interval ? shown(interval->high) : Row(nullptr);
}

void add_rows(const Board& board, std::size_t number, const std::string& metric, bool decides, std::vector<Row>& rows) {
  const Standing standing = judge(board, metric);
  if (standing.contests == 0) return;
  const std::size_t rivals = board.quantizers.size();
  const auto of_quantizer = [](const std::vector<Numbers>& trials, std::size_t q) {
    Numbers values;
    for (const Numbers& trial : trials) values.push_back(trial[q]);
    return values;
  };
  std::vector<std::size_t> order(rivals);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Numbers mean_ranks;
  for (std::size_t q = 0; q < rivals; ++q) mean_ranks.push_back(moments(of_quantizer(standing.ranks, q)).mean);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return mean_ranks[a] < mean_ranks[b]; });
  for (std::size_t place = 0; place < rivals; ++place) {
    const std::size_t q = order[place];
    Row row;
    row["board"] = number;
    row["layer"] = board.conditions.front().front()->layer;
    row["metric"] = metric;
    row["decides"] = decides;
    row["place"] = place + 1;
    row["quantizer"] = board.quantizers[q];
    row["rivals"] = rivals;
    row["conditions"] = standing.conditions;
    row["count"] = standing.ranks.size();
    row["contests"] = standing.contests;
    add_interval(of_quantizer(standing.ranks, q), "mean_rank", "rank_low", "rank_high", false, row);
    row["wins"] = standing.wins[q];
    row["leader"] = board.quantizers[order.front()];
    for (const char* name : {"ratio", "low", "high"}) row[name] = nullptr;
    if (!standing.has_zero) {
      Numbers against;
      for (const Numbers& trial : standing.logs) against.push_back(trial[q] - trial[order.front()]);
      add_interval(against, "ratio", "low", "high", true, row);
    }
    add_times(board, q, row);
    add_line(board, q, metric, row);
    rows.push_back(std::move(row));
  }
}

}  // namespace

void add_leaderboard(const std::vector<MeasuredCell>& cells, const ColumnTable& columns, std::vector<Row>& rows) {
  const std::size_t before = rows.empty() ? 0 : rows.back()["board"].get<std::size_t>();
  const std::vector<Board> boards = boards_of(cells);
  for (std::size_t number = 0; number < boards.size(); ++number) {
    const std::string ranking = ranking_error(boards[number]);
    for (const std::string& metric : names_of(columns, {ColumnKind::error}))
      add_rows(boards[number], before + number + 1, metric, metric == ranking, rows);
  }
}

}  // namespace pathquant
