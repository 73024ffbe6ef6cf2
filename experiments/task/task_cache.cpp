#include "experiments/task/task_cache.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace pathquant {

// Before the new value is there, so that no more than `places` are there at any time.
void TaskCache::make_room() {
  while (entries_.size() >= places_) {
    const auto oldest = std::find_if(entries_.rbegin(), entries_.rend(), [](const Entry& e) { return e.value; });
    if (oldest == entries_.rend()) return;
    entries_.erase(std::next(oldest).base());
  }
}

TaskCache::Value TaskCache::find_or_make(const std::string& key, const ExecutionContext& execution,
                                         const std::function<Value()>& make) {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    if (found == entries_.end()) break;
    if (found->value) {
      entries_.splice(entries_.begin(), entries_, found);
      return found->value;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(20));
    execution.poll();
  }
  make_room();
  entries_.push_front({key, nullptr});
  const auto mine = entries_.begin();
  lock.unlock();
  try {
    Value value = make();
    lock.lock();
    mine->value = value;
    changed_.notify_all();
    return value;
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    entries_.erase(mine);
    changed_.notify_all();
    throw;
  }
}

}  // namespace pathquant
