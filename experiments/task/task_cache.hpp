// Cache shared by the tasks of a run, for values that are expensive to compute and needed by several tasks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/execution.hpp"

namespace pathquant {

/// Thread-safe. Holds values up to a limit in bytes; the least recently used leave first. A value that has left lives
/// as long as a task holds it, and is made again for the next one that asks. A value larger than the limit is handed
/// out, also to those that wait for it, but not kept.
class TaskCache {
 public:
  explicit TaskCache(std::size_t limit) : limit_(limit) {}

  /// The value of this key, whose type the key decides; made now where it is not there. `bytes` is its size: room is
  /// made before the value is. A task that asks while the value is being made waits for it. Throws Stopped when
  /// `execution` says so, and what `make` throws.
  template <class T>
  std::shared_ptr<const T> get(const std::string& key, std::size_t bytes, const ExecutionContext& execution,
                               const std::function<std::shared_ptr<const T>()>& make) {
    return std::static_pointer_cast<const T>(find_or_make(key, bytes, execution, make));
  }

  /// Bytes of the values that are kept or being made.
  std::size_t bytes() const;

 private:
  using Value = std::shared_ptr<const void>;
  /// Shared by the entry and by those that wait for its value.
  struct Slot {
    Value value;  ///< null while it is being made
    bool failed = false;
  };
  struct Entry {
    std::string key;
    std::size_t bytes = 0;  ///< 0 where the value will not be kept
    std::shared_ptr<Slot> slot;
  };

  Value find_or_make(const std::string& key, std::size_t bytes, const ExecutionContext& execution,
                     const std::function<Value()>& make);
  Value find_or_wait(const std::string& key, const ExecutionContext& execution, std::unique_lock<std::mutex>& lock);
  void remove_least_recent(std::size_t to_fit);
  void erase(std::list<Entry>::iterator entry);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Entry> entries_;  // the most recently used comes first
  std::size_t bytes_ = 0;
};

/// The limit of a sweep's cache where the user gives none: a quarter of the memory that this process may use.
std::size_t default_cache_bytes();

}  // namespace pathquant
