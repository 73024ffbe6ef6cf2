#include "experiments/plan/must_agree.hpp"

#include <set>

namespace pathquant {
namespace {

template <class Visit>
void for_each_computation(const Plan& plan, const std::vector<PlannedCell>& cells, const Visit& visit) {
  for (const PlannedCell& planned : cells) {
    visit(*planned.cell);
    for (const auto& statistic : planned.cell->statistics(plan.config.bounds)) visit(*statistic);
  }
}

}  // namespace

std::function<bool(const std::string&)> must_agree_in(const Plan& plan, const std::vector<PlannedCell>& forgotten) {
  std::set<std::string> ids;
  for_each_computation(plan, plan.cells, [&](const Computation& one) {
    if (!one.may_differ()) ids.insert(one.id());
  });
  for_each_computation(plan, forgotten, [&](const Computation& one) { ids.erase(one.id()); });
  return [ids = std::move(ids)](const std::string& id) { return ids.contains(id); };
}

}  // namespace pathquant
