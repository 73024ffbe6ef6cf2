#include "experiments/process/peak_memory.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include "experiments/process/forked.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pathquant {
namespace {

constexpr std::int64_t unknown = -1;
constexpr int smallest_block = 16 << 10;  // bytes; blocks of this size or more have separate pages

// Reads a number of /proc/self/status. VmPeak and VmSize (in KiB) are exact, unlike the counts of resident pages.
std::int64_t own_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t value = unknown;
    if (word == name + ":" && status >> value) return value;
  }
  return unknown;
}

// Makes the allocator map every block of `smallest_block` or more and unmap it when it is freed, so that the size of
// the process follows the memory in use. Returns false where the allocator is not the C library's.
bool map_every_block() {
  return mallopt(M_MMAP_THRESHOLD, smallest_block) == 1 && mallopt(M_TOP_PAD, 0) == 1 &&
         mallopt(M_TRIM_THRESHOLD, 0) == 1;
}

// Allocates all free space between existing blocks, until a new block has to be mapped. Otherwise new blocks could be
// placed there unmeasured. The space is never freed.
void fill_holes() {
  const auto mapped = mallinfo2().hblks;
  void* volatile block = nullptr;
  do block = std::malloc(smallest_block);
  while (block != nullptr && mallinfo2().hblks == mapped);
}

std::int64_t growth(const std::function<void()>& work) {
  if (!map_every_block()) return unknown;
  fill_holes();
  const std::int64_t before = own_status("VmSize");
  work();
  const std::int64_t peak = own_status("VmPeak");
  return before == unknown || peak == unknown ? unknown : (peak - before) * 1024;
}

[[noreturn]] void be_the_copy(const std::function<void()>& work, int answer) {
  try {
    const std::int64_t bytes = growth(work);
    ::_exit(::write(answer, &bytes, sizeof(bytes)) == sizeof(bytes) ? 0 : 1);
  } catch (...) {
    ::_exit(1);
  }
}

// Whether there is data to read or the end of it.
bool answered(int from) {
  constexpr int pause = 20;  // polling interval in milliseconds
  pollfd watched{from, POLLIN, 0};
  return poll(&watched, 1, pause) > 0;
}

}  // namespace

std::optional<double> peak_memory(const std::function<void()>& work, const ExecutionContext& execution) {
  if (own_status("Threads") != 1) return std::nullopt;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t copy = fork();
  if (copy == 0) be_the_copy(work, ends[1]);
  const int error = errno;
  ::close(ends[1]);
  if (copy < 0) {
    ::close(ends[0]);
    throw std::runtime_error(fmt::format("cannot start a process: {}", std::strerror(error)));
  }
  int status = 0;
  try {
    while (!answered(ends[0])) execution.poll();
  } catch (...) {
    kill(copy, SIGKILL);
    waitpid(copy, nullptr, 0);
    ::close(ends[0]);
    throw;
  }
  std::int64_t bytes = unknown;
  const bool complete = ::read(ends[0], &bytes, sizeof(bytes)) == sizeof(bytes);
  ::close(ends[0]);
  waitpid(copy, &status, 0);
  if (!complete || status != 0)
    throw std::runtime_error(fmt::format("the process in which memory is measured {}", ending(status)));
  return bytes == unknown ? std::nullopt : std::optional(static_cast<double>(bytes));
}

}  // namespace pathquant
