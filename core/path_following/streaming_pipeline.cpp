// The pipeline of a streamed layer: threads draw chunks of features while one of them follows the path.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "core/parallel/team.hpp"
#include "core/path_following/streaming.hpp"

namespace pathquant {
namespace {

/// Chunks on their way from whoever draws them to whoever follows them, in order.
template <class S>
class Pipeline {
 public:
  Pipeline(const ChunkSource<S>& source, StreamedPath<S>& path, LayerShape shape, int threads)
      : source_(source), path_(path), width_(shape.width), length_(chunk_features<S>(shape.samples)) {
    const Index chunks = (width_ + length_ - 1) / length_;
    for (Index k = 0; k < std::min<Index>(chunks, threads == 1 ? 1 : 4 * threads); ++k)
      chunks_.emplace_back(shape.samples, shape.neurons);
    drawn_.assign(chunks_.size(), false);
  }

  /// One thread's part.
  void work(ExecutionContext execution) {
    std::unique_lock lock(mutex_);
    while (!stopped_ && next_to_follow_ * length_ < width_) {
      if (!following_ && drawn_[place(next_to_follow_)])
        follow(lock);
      else if (next_to_draw_ * length_ < width_ && next_to_draw_ < next_to_follow_ + size_of_ring())
        draw(lock, execution);
      else
        changed_.wait(lock);
    }
    changed_.notify_all();
  }

 private:
  Index size_of_ring() const { return static_cast<Index>(chunks_.size()); }
  std::size_t place(Index chunk) const { return static_cast<std::size_t>(chunk % size_of_ring()); }

  void follow(std::unique_lock<std::mutex>& lock) {
    following_ = true;
    FeatureChunk<S>& chunk = chunks_[place(next_to_follow_)];
    unlocked(lock, [&] { path_.add(chunk); });
    drawn_[place(next_to_follow_)] = false;
    ++next_to_follow_;
    following_ = false;
    changed_.notify_all();
  }
  void draw(std::unique_lock<std::mutex>& lock, const ExecutionContext& execution) {
    const Index at = next_to_draw_++;
    FeatureChunk<S>& chunk = chunks_[place(at)];
    chunk.first = at * length_;
    chunk.count = std::min(length_, width_ - chunk.first);
    unlocked(lock, [&] {
      execution.poll();
      source_(chunk.first, chunk.count, chunk.inputs.data(), chunk.weights.data());
    });
    drawn_[place(at)] = true;
    changed_.notify_all();
  }
  template <class Action>
  void unlocked(std::unique_lock<std::mutex>& lock, Action action) {
    lock.unlock();
    try {
      action();
    } catch (...) {
      lock.lock();
      stopped_ = true;
      changed_.notify_all();
      throw;
    }
    lock.lock();
  }

  const ChunkSource<S>& source_;
  StreamedPath<S>& path_;
  Index width_, length_;
  std::vector<FeatureChunk<S>> chunks_;  // a ring
  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex:
  std::vector<bool> drawn_;  // of the ring
  Index next_to_draw_ = 0, next_to_follow_ = 0;
  bool following_ = false, stopped_ = false;
};

}  // namespace

template <class S>
StreamedSums stream_layer(const ChunkSource<S>& source, StreamedPath<S>& path, LayerShape shape,
                          const ExecutionContext& execution) {
  Pipeline<S> pipeline(source, path, shape, execution.threads());
  run_team(execution.threads(), [&](Team&) { pipeline.work(execution); });
  return path.sums();
}
template StreamedSums stream_layer(const ChunkSource<float>&, StreamedPath<float>&, LayerShape,
                                   const ExecutionContext&);
template StreamedSums stream_layer(const ChunkSource<double>&, StreamedPath<double>&, LayerShape,
                                   const ExecutionContext&);

}  // namespace pathquant
