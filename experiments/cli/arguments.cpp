#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "experiments/cli/commands.hpp"

#include <sched.h>

namespace pathquant::cli {

std::optional<Override> parse_override(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0) return std::nullopt;
  return Override{text.substr(0, sign), text.substr(sign + 1)};
}

std::vector<Override> parse_overrides(const std::vector<std::string>& words) {
  std::vector<Override> overrides;
  for (const std::string& word : words) {
    const auto change = parse_override(word);
    if (!change) throw UsageError(fmt::format("'{}' is not key=value", word));
    overrides.push_back(*change);
  }
  return overrides;
}

std::chrono::duration<double> parse_duration(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (error != std::errc() || factor == 0 || !(number > 0) || number * factor > 1e9)
    throw UsageError(fmt::format("--timeout takes a duration such as 90s, 10m or 3h, not '{}'", text));
  return std::chrono::duration<double>(number * factor);
}

std::size_t parse_bytes(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double factor = unit.empty() ? 1 : unit == "K" ? 0x1p10 : unit == "M" ? 0x1p20 : unit == "G" ? 0x1p30 : 0;
  if (error != std::errc() || factor == 0 || !(number >= 0) || number * factor > 0x1p60)
    throw UsageError(fmt::format("--cache takes a size such as 500M or 2G, not '{}'", text));
  return static_cast<std::size_t>(number * factor);
}

int worker_count(std::optional<int> jobs) {
  if (jobs) return *jobs;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  if (const char* slurm = std::getenv("SLURM_CPUS_PER_TASK")) {
    int count = 0;
    const std::string_view text = slurm;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc() && rest == end && count > 0) return count;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace pathquant::cli
