// How far a sweep is and how long it will take: one line on stderr that is redrawn on a terminal, else a line every 30
// seconds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "experiments/engine/engine.hpp"

namespace pathquant {

class Progress final : public Events {
 public:
  /// Quiet: prints nothing.
  explicit Progress(bool quiet);
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Thread-safe. The time left is judged by the cost of the tasks that are done.
  void added(const std::vector<Task>& tasks) override;
  void committed(const StoredTask& task) override;

 private:
  std::string line() const;
  void draw();

  const bool quiet_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::map<TaskKey, double> costs_;  // of every task
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
