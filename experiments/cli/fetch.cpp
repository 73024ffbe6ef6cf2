// `fetch`: downloads a public data set into the cache folder, by analysis/fetch.py.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "core/data/datasets.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/process/python.hpp"
#include "experiments/resources.hpp"

namespace pathquant::cli {
namespace {

// The script takes the place of this process, and its exit code is the command's.
int fetch(const std::string& name) {
  const std::string folder = dataset_cache(name).string();
  const std::string script = resource("analysis/fetch.py").string();
  execlp(python(), python(), script.c_str(), name.c_str(), folder.c_str(), nullptr);
  throw UsageError(fmt::format("{} cannot be run: {}", python(), std::strerror(errno)));
}

CommandEntry::Run set_up_fetch(CLI::App& parser) {
  const auto name = std::make_shared<std::string>();
  parser.footer(
      "The files go to ~/.cache/pathquant, or to pathquant in XDG_CACHE_HOME. PATHQUANT_MIRROR names another place to "
      "fetch from, with a folder for each data set.");
  parser.add_option("name", *name, "cifar10, fashion or mnist")->required()->type_name("NAME");
  return [name](const auto&) { return fetch(*name); };
}

const Registered<CommandEntry> fetch_command(CommandEntry("fetch", "Downloads a public data set and checks its sha256",
                                                          set_up_fetch));

}  // namespace
}  // namespace pathquant::cli
