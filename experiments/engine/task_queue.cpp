#include "experiments/engine/task_queue.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace pathquant {

TaskQueue::TaskQueue(std::vector<Task> tasks, int workers) : at_(static_cast<std::size_t>(workers), nullptr) {
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.computation->cost() > b.computation->cost(); });
  std::map<std::string, std::size_t> group_of;
  for (Task& task : tasks) {
    std::string shared = task.computation->shares(task.trial);
    const auto [place, is_new] =
        shared.empty() ? std::pair(group_of.end(), true) : group_of.try_emplace(std::move(shared), groups_.size());
    if (is_new) groups_.emplace_back();
    (is_new ? groups_.back() : groups_[place->second]).push_back(std::move(task));
  }
}

std::optional<Task> TaskQueue::take(int worker) {
  const std::scoped_lock lock(mutex_);
  Group*& at = at_[static_cast<std::size_t>(worker)];
  if (at == nullptr || at->empty()) {
    if (started_ < groups_.size()) {
      at = &groups_[started_++];
    } else {
      const auto left = [](const Group* group) { return group == nullptr ? 0 : group->size(); };
      at = *std::max_element(at_.begin(), at_.end(), [&](auto* a, auto* b) { return left(a) < left(b); });
      if (left(at) == 0) return std::nullopt;
    }
  }
  Task task = std::move(at->front());
  at->pop_front();
  return task;
}

}  // namespace pathquant
