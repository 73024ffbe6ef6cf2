#include "experiments/process/memory_limit.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include <unistd.h>

namespace pathquant {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

// "max", a file that cannot be read, and 0 are no limit.
std::size_t limit_in(const fs::path& file) {
  std::ifstream stream(file);
  std::size_t bytes = 0;
  return stream >> bytes && bytes > 0 ? bytes : unlimited;
}

// The limits of a group and of those above it, up to `mount`.
std::size_t limit_of_group(const fs::path& mount, std::string group, const char* file) {
  std::size_t limit = limit_in(mount / file);
  while (!group.empty() && group != "/") {
    limit = std::min(limit, limit_in(mount / group.substr(1) / file));
    group.erase(group.rfind('/'));
  }
  return limit;
}

}  // namespace

std::size_t memory_limit(const fs::path& root) {
  std::size_t limit = unlimited;
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) limit = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
  // A line is "number:controllers:group"; version 2 has the number 0 and no controllers.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || second + 1 == line.size() || line[second + 1] != '/') continue;
    std::string controllers(1, ',');
    controllers.append(line, first + 1, second - first - 1).push_back(',');
    const std::string group = line.substr(second + 1);
    if (controllers == ",,")
      limit = std::min(limit, limit_of_group(root / "sys/fs/cgroup", group, "memory.max"));
    else if (controllers.find(",memory,") != std::string::npos)
      limit = std::min(limit, limit_of_group(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  return limit;
}

}  // namespace pathquant
