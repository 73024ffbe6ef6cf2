// `new`: a plugin to start from, which builds, passes its tests and runs as it is: plugins/template with another name.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <fstream>
#include <iterator>

#include "core/quantizers/quantizer.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/resources.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

namespace fs = std::filesystem;

void check_name(const std::string& name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_word = [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !is_lower(name.front()) || !std::all_of(name.begin(), name.end(), is_word))
    throw UsageError(
        fmt::format("'{}' cannot be a quantizer's name: small letters, digits and '_', a letter first", name));
  if (Registry<QuantizerEntry>::instance().find(name) != nullptr)
    throw UsageError(fmt::format("there is a quantizer '{}' already: choose another name", name));
}

// my_quantizer -> MyQuantizer
std::string class_name(const std::string& name) {
  std::string result;
  bool start = true;
  for (const char c : name) {
    if (c != '_') result += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    start = c == '_';
  }
  return result;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

int new_quantizer(const std::string& name, const fs::path& directory) {
  check_name(name);
  const fs::path source = resource("plugins/template");
  if (!fs::is_directory(source)) throw UsageError(fmt::format("the template is not there: {}", source.string()));
  const fs::path folder = directory / name;
  if (fs::exists(folder)) throw UsageError(fmt::format("{} is there already", folder.string()));
  make_folder(folder);
  for (const auto& entry : fs::directory_iterator(source)) {
    std::string text = text_of(entry.path());
    boost::replace_all(text, "@package@", package_folder().string());
    boost::replace_all(text, "my_quantizer", name);
    boost::replace_all(text, "MyQuantizer", class_name(name));
    write_atomically(folder / boost::replace_all_copy(entry.path().filename().string(), "my_quantizer", name), text);
  }
  fmt::print(
      "{0}/{1}.cpp is the quantizer: fill in what is yours at (1) to (5)\n"
      "  cd {0}\n"
      "  cmake -B build && cmake --build build     # {1}.so\n"
      "  ctest --test-dir build                    # the conformance suite, compare.yaml, and what {1}_test.py claims\n"
      "  runsweep compare.yaml                     # beside msq and gpfq\n",
      folder.string(), name);
  return all_good;
}

struct NewArguments {
  std::string kind;
  std::string name;
  fs::path directory = ".";
};

CommandEntry::Run set_up_new(CLI::App& parser) {
  const auto arguments = std::make_shared<NewArguments>();
  parser.add_option("kind", arguments->kind, "what to make")->required()->check(CLI::IsMember({"quantizer"}));
  parser.add_option("name", arguments->name, "its name: small letters, digits and '_'")->required()->type_name("NAME");
  parser.add_option("--directory,--in", arguments->directory, "where to make the folder")
      ->type_name("DIR")
      ->capture_default_str();
  return [arguments](const auto&) { return new_quantizer(arguments->name, arguments->directory); };
}

const Registered<CommandEntry> new_command(
    CommandEntry("new", "Makes the folder of a new plugin, which builds, passes its tests and runs", set_up_new));

}  // namespace
}  // namespace pathquant::cli
