#include "experiments/engine/progress.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include <unistd.h>

namespace pathquant {

std::string duration_text(double seconds) {
  const auto total = static_cast<long long>(std::ceil(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {
  if (quiet_) return;
  ticker_ = std::thread([this] {
    const auto interval = terminal_ ? std::chrono::milliseconds(250) : std::chrono::seconds(30);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval, [this] { return finished_; })) draw();
    if (terminal_ && drawn_) std::fputs("\r\033[K", stderr);
  });
}

Progress::~Progress() {
  if (!ticker_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  wake_.notify_one();
  ticker_.join();
}

void Progress::added(const std::vector<Task>& tasks) {
  const std::lock_guard lock(mutex_);
  for (const Task& task : tasks) cost_ += costs_[task.key()] = task.computation->cost();
}

void Progress::committed(const StoredTask& task) {
  const std::lock_guard lock(mutex_);
  ++done_;
  failed_ += is_bad(task) ? 1 : 0;
  cost_done_ += costs_.at({task.cell_id, task.trial});
}

std::string Progress::line() const {
  const double share = cost_ > 0 ? cost_done_ / cost_ : 1;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string text = fmt::format("{}/{} tasks  {:.0f} %", done_, costs_.size(), 100 * share);
  if (failed_ > 0) text += fmt::format("  {} failed", failed_);
  // The first few per cent say little about the rest.
  if (share > 0.02) text += fmt::format("  {} left", duration_text(elapsed * (1 - share) / share));
  return text;
}

void Progress::draw() {
  drawn_ = true;
  if (terminal_)
    fmt::print(stderr, "\r\033[K{}", line());
  else
    fmt::print(stderr, "{}\n", line());
  std::fflush(stderr);
}

}  // namespace pathquant
