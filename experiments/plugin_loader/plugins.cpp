#include "experiments/plugin_loader/plugins.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "core/bounds/shared/bound.hpp"
#include "core/facts/fact.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/hash.hpp"
#include "experiments/plugin_loader/stamp.hpp"
#include "experiments/process/forked.hpp"

#include <dlfcn.h>

namespace pathquant {
namespace {

std::vector<std::shared_ptr<const Plugin>>& loaded() {
  static std::vector<std::shared_ptr<const Plugin>> list;
  return list;
}

std::vector<RefusedPlugin>& refused() {
  static std::vector<RefusedPlugin> list;
  return list;
}

// Opens the library. Throws std::runtime_error with the dynamic loader's message.
void open_library(const std::filesystem::path& file) {
  if (dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) throw std::runtime_error(dlerror());
}

void try_in_another_process(const std::filesystem::path& file) {
  constexpr std::chrono::seconds limit(20);
  const ForkedEnd end = run_forked(
      [&](const std::atomic<bool>&) -> std::string {
        PluginLoad load;
        plugin_being_loaded() = &load;
        try {
          open_library(file);
          return "";
        } catch (const std::exception& error) {
          return error.what();
        }
      },
      limit);
  if (!end.answer) throw std::runtime_error("loading it " + what_happened(end, limit) + what_it_wrote(end.output));
  if (!end.answer->empty()) throw std::runtime_error(*end.answer);
}

void forget(const Plugin& plugin) {
  Registry<QuantizerEntry>::instance().remove(plugin);
  Registry<BoundEntry>::instance().remove(plugin);
  Registry<FactEntry>::instance().remove(plugin);
  Registry<InputEntry>::instance().remove(plugin);
  Registry<WeightEntry>::instance().remove(plugin);
}

// Loads the plugin. Returns the names that were already registered. Throws with the reason of a refusal.
std::vector<std::string> load(const std::filesystem::path& file) {
  static constexpr PluginStamp program = stamp::make("", "");
  const PluginStamp stamp = read_stamp(file);
  if (const std::string reason = misfit(stamp, program); !reason.empty()) throw std::runtime_error(reason);
  const auto plugin = std::make_shared<const Plugin>(
      Plugin{stamp.name.data(), stamp.version.data(), file.string(), sha256_hex_of_file(file)});
  try_in_another_process(file);
  PluginLoad load{plugin, {}};
  plugin_being_loaded() = &load;
  open_library(file);
  plugin_being_loaded() = nullptr;
  if (load.taken.empty())
    loaded().push_back(plugin);
  else
    forget(*plugin);
  return load.taken;
}

}  // namespace

void load_plugin(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::canonical(file, error);
  if (error || !std::filesystem::is_regular_file(whole))
    throw std::invalid_argument(file.string() + " is not a file: is the path right, and the plugin built?");
  const auto is_it = [&](const auto& path) { return path == whole.string(); };
  if (std::any_of(loaded().begin(), loaded().end(), [&](const auto& plugin) { return is_it(plugin->path); }) ||
      std::any_of(refused().begin(), refused().end(), [&](const auto& plugin) { return is_it(plugin.path); }))
    return;
  try {
    const std::vector<std::string> taken = load(whole);
    if (!taken.empty())
      refused().push_back({whole.string(), "the name '" + taken.front() + "' is already in use", taken});
  } catch (const std::exception& reason) {
    refused().push_back({whole.string(), reason.what(), {}});
  }
}

const std::vector<std::shared_ptr<const Plugin>>& loaded_plugins() {
  return loaded();
}

const std::vector<RefusedPlugin>& refused_plugins() {
  return refused();
}

std::string why_missing(const std::string& name, bool registered) {
  std::string reasons;
  for (const RefusedPlugin& plugin : refused()) {
    const bool wanted = std::find(plugin.taken.begin(), plugin.taken.end(), name) != plugin.taken.end();
    if (registered && !wanted) continue;
    reasons += (reasons.empty() ? "" : "; ") + std::string("plugin ") + plugin.path + " is refused: " + plugin.reason;
  }
  return reasons;
}

}  // namespace pathquant
