// A cache of a pure function, shared by all threads.
#pragma once

#include <map>
#include <mutex>
#include <utility>

namespace pathquant {

/// Remembers values by their arguments. The function runs outside the lock: two threads may both compute one value, and
/// agree.
template <class Key, class Value>
class Memo {
 public:
  template <class Function>
  Value get(const Key& key, Function&& function) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = values_.find(key);
      if (found != values_.end()) return found->second;
    }
    const Value value = std::forward<Function>(function)();
    const std::lock_guard lock(mutex_);
    values_.emplace(key, value);
    return value;
  }

 private:
  std::mutex mutex_;
  std::map<Key, Value> values_;
};

}  // namespace pathquant
