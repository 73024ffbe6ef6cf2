// `new`: a plugin to start from, which builds, passes its tests and runs as it is: plugins/template with another name.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/quantizers/quantizer.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/resources.hpp"
#include "experiments/store/atomic_file.hpp"
#include "experiments/text.hpp"

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

}  // namespace

int new_quantizer(const std::string& name, const fs::path& directory) {
  check_name(name);
  const fs::path source = resource("plugins/template");
  if (!fs::is_directory(source)) throw UsageError(fmt::format("the template is not there: {}", source.string()));
  const fs::path folder = directory / name;
  if (fs::exists(folder)) throw UsageError(fmt::format("{} is there already", folder.string()));
  make_folder(folder);
  for (const auto& entry : fs::directory_iterator(source)) {
    std::string text = with(text_of(entry.path()), "@package@", package_folder().string());
    text = with(with(std::move(text), "my_quantizer", name), "MyQuantizer", class_name(name));
    write_atomically(folder / with(entry.path().filename().string(), "my_quantizer", name), text);
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

}  // namespace pathquant::cli
