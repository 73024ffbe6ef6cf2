#include "core/parallel/aligned_buffer.hpp"

#include <map>
#include <mutex>
#include <new>

namespace pathquant::memory {
namespace {

constexpr std::align_val_t alignment{64};
// Pooled sizes are multiples of this. Smaller blocks go to the allocator, which reuses memory by itself.
constexpr std::size_t unit = std::size_t{64} << 10;

std::size_t rounded(std::size_t bytes) {
  return (bytes + unit - 1) / unit * unit;
}

// The pool of freed blocks, ordered by size. The lock is held for a look-up only.
class Kept {
 public:
  // Returns a block of this size or of up to twice this size; nullptr where the pool has none.
  void* take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.lower_bound(size);
    if (found == blocks_.end() || found->first > 2 * size) return nullptr;
    void* block = found->second;
    total_ -= found->first;
    blocks_.erase(found);
    return block;
  }

  bool keep(void* block, std::size_t size) {
    const std::lock_guard lock(mutex_);
    if (total_ + size > most_kept) return false;
    blocks_.emplace(size, block);
    total_ += size;
    return true;
  }

 private:
  std::mutex mutex_;
  std::multimap<std::size_t, void*> blocks_;
  std::size_t total_ = 0;
};

// Never destroyed: buffers may be freed while the process exits.
Kept& kept() {
  static Kept* const blocks = new Kept;
  return *blocks;
}

}  // namespace

void* take(std::size_t bytes) {
  if (bytes < unit) return ::operator new(bytes, alignment);
  if (void* block = kept().take(rounded(bytes))) return block;
  return ::operator new(rounded(bytes), alignment);
}

void give(void* block, std::size_t bytes) noexcept {
  try {
    if (bytes >= unit && kept().keep(block, rounded(bytes))) return;
  } catch (...) {  // no memory for the pool's entry: the block is freed
  }
  ::operator delete(block, alignment);
}

}  // namespace pathquant::memory
