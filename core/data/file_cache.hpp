// Keeps what was last read from files, because the many tasks of a sweep read the same few.
#pragma once

#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace pathquant {

/// The `capacity` most recently used files' contents as T, shared and immutable. A file that was changed (another size
/// or time of change) is read again. Safe to use from several threads: a second user of a file waits for the first
/// one's reading. What falls out of the cache lives on for as long as someone holds it.
template <class T>
class FileCache {
 public:
  explicit FileCache(std::size_t capacity) : capacity_(capacity) {}

  /// What `read(file)` returned when it was last called for this state of the file; its exceptions pass through, and
  /// nothing is kept then.
  template <class Read>
  std::shared_ptr<const T> get(const std::filesystem::path& file, Read read) {
    const std::lock_guard lock(mutex_);
    const State state = state_of(file);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != state) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entries_.front().second;
    }
    auto content = std::make_shared<const T>(read(file));
    entries_.emplace_front(state, content);
    if (entries_.size() > capacity_) entries_.pop_back();
    return content;
  }

 private:
  struct State {
    std::filesystem::path file;
    std::uintmax_t size = 0;
    std::filesystem::file_time_type changed = {};
    bool operator==(const State&) const = default;
  };

  // Problems are left to `read`, which says what they are.
  static State state_of(const std::filesystem::path& file) {
    std::error_code ignored;
    return {std::filesystem::weakly_canonical(file, ignored), std::filesystem::file_size(file, ignored),
            std::filesystem::last_write_time(file, ignored)};
  }

  std::mutex mutex_;
  std::size_t capacity_;
  std::list<std::pair<State, std::shared_ptr<const T>>> entries_;  // the most recently used first
};

}  // namespace pathquant
