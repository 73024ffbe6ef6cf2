// The sweep of a config: plan, tasks, store, results.json, summary and figure.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/config.hpp"

namespace pathquant::cli {

struct SweepArguments {
  std::filesystem::path config;
  std::vector<Override> overrides;
  bool dry_run = false;
  std::optional<int> jobs;
  std::optional<std::filesystem::path> output;
  std::vector<std::string> filters;
  bool force = false;
  bool rerun_failed = false;
  bool fail_fast = false;
  std::optional<std::string> timeout;
  std::optional<std::string> cache;  ///< bytes of the values that tasks share
  std::string instructions;          ///< empty: the best that the processor has
  bool quiet = false;
  bool in_process = false;
  std::optional<std::string> shard;
  bool collect = false;
  std::vector<std::string> context;
  std::vector<std::string> argv;  ///< what the program was started with
};

/// Runs the sweep and returns the exit code: 128 + signal when it was stopped.
int sweep(const SweepArguments& arguments);

}  // namespace pathquant::cli
