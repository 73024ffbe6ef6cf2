#include "experiments/bench/bench.hpp"

#include <algorithm>

#include "experiments/process/clocks.hpp"

namespace pathquant::bench {
namespace {

double now(int threads) {
  return threads == 1 ? thread_seconds() : wall_seconds();
}

double timed(int threads, const std::function<void()>& run) {
  const double start = now(threads);
  run();
  return now(threads) - start;
}

double quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

}  // namespace

std::string text_of(LayerShape shape) {
  return fmt::format("{}x{}x{}", shape.samples, shape.width, shape.neurons);
}

bool Bench::wants(LayerShape shape) const {
  const auto& shapes = settings_.shapes;
  return shapes.empty() || std::find(shapes.begin(), shapes.end(), text_of(shape)) != shapes.end();
}

nlohmann::ordered_json to_json(const Row& row) {
  nlohmann::ordered_json json = {{"case", row.name},       {"m", row.shape.samples},     {"N", row.shape.width},
                                 {"P", row.shape.neurons}, {"precision", row.precision}, {"threads", row.threads},
                                 {"seconds", row.seconds}};
  const bool compared = row.product_seconds > 0;
  json["product_seconds"] = compared ? nlohmann::ordered_json(row.product_seconds) : nullptr;
  json["ratio"] = compared ? nlohmann::ordered_json(row.ratio) : nullptr;
  json["ratio_quartiles"] = compared ? nlohmann::ordered_json{row.ratio_low, row.ratio_high} : nullptr;
  if (row.arithmetic > 0) {
    json["arithmetic"] = row.arithmetic;
    json["over_arithmetic"] = row.ratio / row.arithmetic;
  }
  if (row.count > 0) {
    json["unit"] = row.unit;
    json["count"] = row.count;
    json["seconds_per_unit"] = row.seconds / row.count;
  }
  return json;
}

void Bench::against_product(Row row, const std::function<void()>& prepare, const std::function<void()>& contender,
                            const std::function<void()>& product) const {
  yardstick_.set_threads(row.threads);
  std::vector<double> seconds, products, ratios;
  for (int pair = 0; pair <= settings_.pairs; ++pair) {
    prepare();
    const double before = timed(row.threads, product);
    const double own = timed(row.threads, contender);
    const double after = timed(row.threads, product);
    if (pair == 0) continue;
    seconds.push_back(own);
    products.push_back((before + after) / 2);
    ratios.push_back(own / products.back());
  }
  row.seconds = quantile(seconds, 0.5);
  row.product_seconds = quantile(products, 0.5);
  row.ratio = quantile(ratios, 0.5);
  row.ratio_low = quantile(ratios, 0.25);
  row.ratio_high = quantile(ratios, 0.75);
  report_(row);
}

void Bench::alone(Row row, const std::function<void()>& contender) const {
  // Short runs are repeated, because the clock's resolution and the cold caches of a first run would dominate one run.
  constexpr double long_enough = 2e-3;
  const double first = timed(row.threads, contender);
  const int repetitions = first < long_enough ? static_cast<int>(long_enough / std::max(first, 1e-6)) + 1 : 1;
  std::vector<double> seconds;
  for (int pair = 0; pair < settings_.pairs; ++pair) {
    const double all = timed(row.threads, [&] {
      for (int k = 0; k < repetitions; ++k) contender();
    });
    seconds.push_back(all / repetitions);
  }
  row.seconds = quantile(seconds, 0.5);
  report_(row);
}

}  // namespace pathquant::bench
