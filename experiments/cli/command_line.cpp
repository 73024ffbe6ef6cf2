#include "experiments/cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>

#include "experiments/cli/commands.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/provenance.hpp"

namespace pathquant::cli {
namespace {

using Words = std::vector<std::string>;

const Registry<CommandEntry>& commands() {
  return Registry<CommandEntry>::instance();
}

// The place of the first word that is neither --plugin nor its value.
std::size_t first_word(const Words& words) {
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with("--plugin")) at += words[at] == "--plugin" ? 2 : 1;
  return std::min(at, words.size());
}

[[noreturn]] void refuse_command(const std::string& word) {
  Words names = commands().names();
  names.emplace_back("help");
  throw UsageError(
      fmt::format("unknown command '{}'{}: runsweep help shows all commands", word, suggestion(word, names)));
}

bool may_be_config(const std::string& word) {
  return word.find_first_of("/.") != std::string::npos || std::filesystem::exists(word);
}

// The same request in the form COMMAND [OPTIONS], or with nothing but options of the program.
Words in_full(Words words) {
  const std::size_t at = first_word(words);
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
  if (first == words.end() || commands().find(*first) != nullptr) return words;
  if (*first == "-h" || *first == "--help" || *first == "--version") return words;
  if (*first == "help") {
    words.erase(first);
    if (at < words.size() && commands().find(words[at]) == nullptr) refuse_command(words[at]);
    words.emplace_back("--help");
    return words;
  }
  if (!first->starts_with('-') && !may_be_config(*first)) refuse_command(*first);
  words.insert(first, "sweep");
  return words;
}

// Before any name is looked up.
void load_plugins(const std::vector<std::string>& files, const CommandEntry& command) {
  for (const std::string& file : files) load_plugin(file);
  if (command.refused_plugin == CommandEntry::RefusedPlugin::is_left_out) return;
  for (const RefusedPlugin& plugin : refused_plugins())
    throw UsageError(fmt::format("{}: plugin {} is refused: {}", command.description.name, plugin.path, plugin.reason));
}

}  // namespace

int run_command_line(const Words& argv) {
  CLI::App app(
      "Measures the error of quantizers beside the bounds that theory gives. runsweep CONFIG.yaml runs a sweep.",
      "runsweep");
  app.footer(
      "runsweep help COMMAND shows the options of a command.\n"
      "Exit codes: 0 all good, 1 some task failed or timed out, 2 bad usage, config or data, 3 internal error.");
  app.set_version_flag("--version",
                       fmt::format("pathquant {} ({})", build_provenance().version, build_provenance().git_sha));
  app.require_subcommand(0, 1);
  std::vector<std::string> plugins;
  app.add_option("--plugin", plugins,
                 "load quantizers, bounds, inputs and weights from a shared library; with any command; repeatable "
                 "(default: none)")
      ->type_name("FILE.so")
      ->allow_extra_args(false);
  std::map<std::string, CommandEntry::Run> run;
  for (const CommandEntry* entry : commands().all()) {
    const Description& description = entry->description;
    CLI::App* parser = app.add_subcommand(description.name, description.summary)->fallthrough();
    run[description.name] = entry->set_up(*parser);
  }

  Words words = in_full({argv.begin() + 1, argv.end()});
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_good : bad_usage;
  }
  if (app.get_subcommands().empty()) {
    fmt::print(stderr, "{}", app.help());
    return bad_usage;
  }
  const std::string name = app.get_subcommands().front()->get_name();
  load_plugins(plugins, *commands().find(name));
  return run.at(name)(argv);
}

}  // namespace pathquant::cli
