// Aligned, uninitialised buffers for the kernels, and the pool of memory behind them. A buffer starts on a cache line.
// Freed blocks are reused: clearing fresh pages in the operating system costs a large layer a tenth of its time.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace pathquant {

namespace memory {
/// Allocates at least `bytes` bytes, aligned to 64. Throws std::bad_alloc. Thread-safe.
void* take(std::size_t bytes);
/// Frees a block of take(bytes). The pool keeps up to `most_kept` bytes of freed blocks for reuse.
void give(void* block, std::size_t bytes) noexcept;
inline constexpr std::size_t most_kept = std::size_t{256} << 20;
}  // namespace memory

/// Array of `size` numbers, uninitialised and aligned to 64 bytes. Throws std::bad_alloc.
template <class S>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<S>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(static_cast<S*>(memory::take(size * sizeof(S))), Give{size * sizeof(S)}), size_(size) {}

  S* data() { return data_.get(); }
  const S* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  S* begin() { return data(); }
  S* end() { return data() + size_; }
  const S* begin() const { return data(); }
  const S* end() const { return data() + size_; }
  S& operator[](std::size_t i) { return data_[i]; }
  const S& operator[](std::size_t i) const { return data_[i]; }

 private:
  struct Give {
    std::size_t bytes = 0;
    void operator()(S* block) const { memory::give(block, bytes); }
  };
  std::unique_ptr<S[], Give> data_;
  std::size_t size_ = 0;
};

}  // namespace pathquant
