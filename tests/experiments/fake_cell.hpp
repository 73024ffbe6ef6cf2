// Fake cell, whose results the test defines.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/plan/plan.hpp"

namespace pathquant::testing {

class FakeCell : public Cell {
 public:
  explicit FakeCell(std::string id) : id_(std::move(id)) {}

  bool is_random = true;
  double work = 1;
  std::vector<std::pair<std::string, nlohmann::ordered_json>> parameters;
  std::function<nlohmann::json(std::int64_t, const ExecutionContext&)> measure;
  std::string shared;  ///< with the trial, what it takes from the cache; empty: nothing
  std::function<std::shared_ptr<const std::int64_t>(std::int64_t)> make;
  std::function<std::vector<BoundRow>(const nlohmann::json& content, const ContentLookup&)> theory;

  bool random() const override { return is_random; }
  const std::string& id() const override { return id_; }
  double cost() const override { return work; }
  std::string shares(std::int64_t trial) const override {
    return shared.empty() ? "" : shared + "/" + std::to_string(trial);
  }
  nlohmann::json run(TaskContext& context) const override {
    const std::int64_t trial = context.trial;
    const ExecutionContext& execution = context.execution;
    if (shared.empty()) return measure(trial, execution);
    const std::int64_t value =
        *context.cache.get<std::int64_t>(shares(trial), 8, execution, [&] { return make(trial); });
    return {{"value", value}, {"measured", measure(trial, execution)}};
  }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const override { return parameters; }
  std::vector<BoundRow> bounds(const BoundSelection&, double, const nlohmann::json& content,
                               const ContentLookup& lookup) const override {
    return theory ? theory(content, lookup) : std::vector<BoundRow>{};
  }

 private:
  std::string id_;
};

}  // namespace pathquant::testing
