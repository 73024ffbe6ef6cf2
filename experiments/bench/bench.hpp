// Benchmarks of `runsweep bench`: contenders are timed against a matrix product of the same shape, precision and number
// of threads, alternately in one process. Each group of contenders is one file that registers itself.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "core/types.hpp"
#include "experiments/bench/yardstick.hpp"

namespace pathquant::bench {

/// One result. Times are medians over pairs of a contender's run and a yardstick run.
struct Row {
  std::string name;
  LayerShape shape;
  std::string precision;
  int threads = 1;
  double arithmetic = 0;  ///< its multiply-adds, in products X W; 0: not given
  double seconds = 0;
  double product_seconds = 0;            ///< time of the product X W; 0: measured without a yardstick
  double ratio = 0;                      ///< median of the pairs' ratios
  double ratio_low = 0, ratio_high = 0;  ///< their quartiles
  /// Name of the units that one run processes (steps, columns, numbers). The time of one is seconds / count.
  std::string unit = {};
  double count = 0;
};
nlohmann::ordered_json to_json(const Row& row);
/// "1024x512x512"
std::string text_of(LayerShape shape);

/// Thrown when a contender's result differs from the reference result.
struct WrongAnswer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Bench {
 public:
  struct Settings {
    int pairs = 15;
    std::vector<int> threads;
    std::vector<std::string> shapes;  ///< as text_of() writes them; empty: all
  };
  Bench(const Yardstick& yardstick, Settings settings, std::function<void(const Row&)> report)
      : yardstick_(yardstick), settings_(std::move(settings)), report_(std::move(report)) {}

  const std::vector<int>& threads() const { return settings_.threads; }
  /// Whether layers of this shape are selected.
  bool wants(LayerShape shape) const;
  const Yardstick& yardstick() const { return yardstick_; }

  /// Times `contender` between two products, `pairs` times after one warm-up run, and reports the result. With one
  /// thread the CPU time of the thread is measured, otherwise wall time. `prepare` runs before each, untimed.
  void against_product(Row row, const std::function<void()>& prepare, const std::function<void()>& contender,
                       const std::function<void()>& product) const;
  /// Times `contender` without a yardstick.
  void alone(Row row, const std::function<void()>& contender) const;

 private:
  const Yardstick& yardstick_;
  Settings settings_;
  std::function<void(const Row&)> report_;
};

/// Throws WrongAnswer unless `right`.
inline void require_answer(bool right, const std::string& what) {
  if (!right) throw WrongAnswer(fmt::format("{} differs from the reference result", what));
}

struct BenchEntry {
  Description description;
  std::function<void(const Bench&)> run;

  BenchEntry(const char* name, const char* summary, std::function<void(const Bench&)> how) : run(std::move(how)) {
    description.name = name;
    description.summary = summary;
  }
};

}  // namespace pathquant::bench
