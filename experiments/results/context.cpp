#include "experiments/results/context.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <Eigen/Core>
#include <chrono>
#include <fstream>
#include <set>

#include "core/kernels/instructions.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/provenance.hpp"

#include <unistd.h>

namespace pathquant {
namespace {

std::string cpu_model() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

const char* kernels_name() {
  switch (kernels::instructions()) {
    case kernels::Instructions::avx512:
      return "avx512";
    case kernels::Instructions::fma:
      return "fma";
    case kernels::Instructions::baseline:
      break;
  }
  return "baseline";
}

}  // namespace

bool is_context_key(const std::string& key) {
  static const std::set<std::string> keys = {
      "name",  "config",  "seed",    "version", "git_sha", "git_dirty", "compiler", "compiler_flags", "build_type",
      "eigen", "kernels", "plugins", "cpu",     "host",    "threads",   "argv",     "date",           "columns"};
  return keys.contains(key);
}

nlohmann::ordered_json make_context(const Config& config, const ColumnTable& columns, const RunContext& run) {
  const Provenance& build = build_provenance();
  nlohmann::ordered_json context;
  context["name"] = config.name;
  context["config"] = config.resolved;
  context["columns"] = columns_to_json(columns);
  context["seed"] = std::to_string(config.seed);
  context["version"] = build.version;
  context["git_sha"] = build.git_sha;
  context["git_dirty"] = build.git_dirty;
  context["compiler"] = build.compiler;
  context["compiler_flags"] = build.compiler_flags;
  context["build_type"] = build.build_type;
  context["eigen"] = fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  context["kernels"] = kernels_name();
  for (const auto& plugin : loaded_plugins())
    context["plugins"].push_back(
        {{"name", plugin->name}, {"version", plugin->version}, {"path", plugin->path}, {"sha256", plugin->sha256}});
  context["cpu"] = cpu_model();
  context["host"] = host_name();
  context["threads"] = run.jobs;
  context["argv"] = run.arguments;
  context["date"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
  for (const auto& [key, value] : run.extra) context[key] = value;
  return context;
}

}  // namespace pathquant
