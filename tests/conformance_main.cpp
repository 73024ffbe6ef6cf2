// Main program of `conformance [PLUGIN.so ...] [doctest's options]`: runs the conformance suite on the quantizers of
// these plugins, or on all built-in quantizers.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "experiments/plugin_loader/plugins.hpp"

int main(int argc, char** argv) {
  std::vector<char*> options = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') {
      options.push_back(argv[i]);
      continue;
    }
    try {
      pathquant::load_plugin(argv[i]);
    } catch (const std::invalid_argument& error) {
      fmt::print(stderr, "conformance: {}\n", error.what());
      return 2;
    }
  }
  for (const auto& plugin : pathquant::refused_plugins()) {
    fmt::print(stderr, "conformance: plugin {} is refused: {}\n", plugin.path, plugin.reason);
    return 2;
  }
  doctest::Context context(static_cast<int>(options.size()), options.data());
  return context.run();
}
