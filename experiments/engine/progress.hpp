// How far a sweep is and how long it will take: one line on stderr that is redrawn on a terminal, else a line every 30
// seconds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace pathquant {

class Progress {
 public:
  /// Quiet: prints nothing.
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Thread-safe. Costs are in any unit; the time left is judged by the cost that is done.
  /// So many tasks more, of this cost together.
  void add(std::size_t tasks, double cost);
  void task_done(double cost, bool failed);

 private:
  std::string line() const;
  void draw();

  const bool quiet_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::size_t tasks_ = 0;
  double cost_ = 0;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  double cost_done_ = 0;
  bool drawn_ = false;
  bool finished_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread ticker_;
};

/// 42 s, 3 min 5 s, 2 h 10 min.
std::string duration_text(double seconds);

}  // namespace pathquant
