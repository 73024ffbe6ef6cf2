#include "experiments/task/task_cache.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "experiments/process/memory_limit.hpp"

namespace pathquant {

std::size_t TaskCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void TaskCache::erase(std::list<Entry>::iterator entry) {
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

// Values that are being made stay.
void TaskCache::remove_least_recent(std::size_t to_fit) {
  for (auto entry = entries_.end(); entry != entries_.begin() && bytes_ + to_fit > limit_;) {
    --entry;
    if (entry->slot->value) erase(entry++);
  }
}

// Null where nobody has made it or is making it.
TaskCache::Value TaskCache::find_or_wait(const std::string& key, const ExecutionContext& execution,
                                         std::unique_lock<std::mutex>& lock) {
  while (true) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    const std::shared_ptr<Slot> slot = found->slot;
    while (!slot->value && !slot->failed) {
      changed_.wait_for(lock, std::chrono::milliseconds(20));
      execution.poll();
    }
    if (slot->value) return slot->value;
  }
}

TaskCache::Value TaskCache::find_or_make(const std::string& key, std::size_t bytes, const ExecutionContext& execution,
                                         const std::function<Value()>& make) {
  std::unique_lock lock(mutex_);
  if (Value value = find_or_wait(key, execution, lock)) return value;
  const bool kept = bytes <= limit_;
  if (kept) remove_least_recent(bytes);
  entries_.push_front({key, kept ? bytes : 0, std::make_shared<Slot>()});
  bytes_ += entries_.front().bytes;
  const auto mine = entries_.begin();
  const std::shared_ptr<Slot> slot = mine->slot;
  lock.unlock();
  try {
    Value value = make();
    lock.lock();
    slot->value = value;
    if (!kept) erase(mine);
    // Values that were made side by side may be too many together.
    remove_least_recent(0);
    changed_.notify_all();
    return value;
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    slot->failed = true;
    erase(mine);
    changed_.notify_all();
    throw;
  }
}

std::size_t default_cache_bytes() {
  return memory_limit() / 4;
}

}  // namespace pathquant
