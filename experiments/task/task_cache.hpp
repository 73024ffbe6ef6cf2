// What tasks of a run share while they run: values that cost something to make and that several of them need.
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

/// Thread-safe. The values asked for last are kept, so that the next task finds them; a value that has left the cache
/// lives as long as a task holds it, and is made again for the next one.
class TaskCache {
 public:
  /// `places`: how many values are kept, at least one.
  explicit TaskCache(std::size_t places) : places_(places) {}

  /// The value of this key, whose type the key decides; made now where it is not there. Who asks while it is being made
  /// waits for it. Throws Stopped when `execution` says so, and what `make` throws.
  template <class T>
  std::shared_ptr<const T> get(const std::string& key, const ExecutionContext& execution,
                               const std::function<std::shared_ptr<const T>()>& make) {
    return std::static_pointer_cast<const T>(find_or_make(key, execution, make));
  }

 private:
  using Value = std::shared_ptr<const void>;
  struct Entry {
    std::string key;
    Value value;  ///< null while it is being made
  };

  Value find_or_make(const std::string& key, const ExecutionContext& execution, const std::function<Value()>& make);
  void make_room();

  std::size_t places_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Entry> entries_;  // the one asked for last comes first
};

}  // namespace pathquant
