// Keeps what was last read from files, because the many tasks of a sweep read the same few.
#pragma once

#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "core/data/data_error.hpp"
#include "core/data/file_state.hpp"

namespace pathquant {

/// The `capacity` most recently used files' contents as T, shared and immutable. A file that was changed or
/// replaced (another FileState) is read again. Safe to use from several threads: a second user of a file waits for the first
/// one's reading. What falls out of the cache lives on for as long as someone holds it.
template <class T>
class FileCache {
 public:
  explicit FileCache(std::size_t capacity) : capacity_(capacity) {}

  /// What `read(file)` returned when it was last called for this state of the file; its exceptions pass through, and
  /// nothing is kept then. Throws DataError where the file changes meanwhile.
  template <class Read>
  std::shared_ptr<const T> get(const std::filesystem::path& file, Read read) {
    const std::lock_guard lock(mutex_);
    const FileState state = state_of(file);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != state) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entries_.front().second;
    }
    auto content = std::make_shared<const T>(read(file));
    if (state_of(file) != state)
      throw DataError(file, "changed while it was read; try again when nothing writes to it");
    entries_.emplace_front(state, content);
    if (entries_.size() > capacity_) entries_.pop_back();
    return content;
  }

 private:
  std::mutex mutex_;
  std::size_t capacity_;
  std::list<std::pair<FileState, std::shared_ptr<const T>>> entries_;  // the most recently used first
};

}  // namespace pathquant
