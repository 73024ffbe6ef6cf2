// Fuzz test of the config reader: for any bytes, reading ends with a tree or a ConfigError.
#include <doctest/doctest.h>

#include <random>

#include "experiments/config/node.hpp"

using namespace pathquant;

namespace fuzz_test {

const std::string valid =
    "name: width_decay\n"
    "trials: 20\n"
    "inputs:  {distribution: gaussian, samples: 64}\n"
    "quantizer: {name: gpfq, alphabet: {levels: 3, step: 1.0}}\n"
    "sweep:\n"
    "  - grid:  {width: [128, 256], quantizer: [{name: msq}, {name: \"spfq\", alignment: 2}]}\n"
    "    exclude: []\n"
    "  - 'x': |\n"
    "      block\n"
    "    ? k\n"
    "    : !t &a v\n"
    "    b: *a\n"
    "bits: 'log2(log2(width))'\n";

class Fuzz {
 public:
  std::size_t below(std::size_t bound) { return engine_() % bound; }

  std::string noise() {
    static const std::string structure = "[]{}:,-?&*!|>'\"%@#~<. \n\t\r\\019eanx";
    std::string text(below(40), ' ');
    for (char& c : text) c = below(8) == 0 ? static_cast<char>(below(256)) : structure[below(structure.size())];
    return text;
  }

  std::string mutated() {
    std::string text = valid;
    for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text.erase(at, 1 + below(10));
          break;
        case 1:
          text.insert(at, noise());
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(60)));
          break;
        default:
          text[at] = noise().append("x").front();
          break;
      }
    }
    return text;
  }

 private:
  std::mt19937 engine_{12345};
};

/// True when the text was read; anything thrown but a ConfigError fails the test.
template <class Reader>
bool reads(const Reader& reader) {
  try {
    reader();
    return true;
  } catch (const ConfigError& error) {
    CHECK(!error.diagnostics().empty());
    return false;
  }
}

TEST_CASE("no bytes crash the readers") {
  Fuzz fuzz;
  int read = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string text = round % 2 == 0 ? fuzz.noise() : fuzz.mutated();
    Diagnostics diagnostics;
    read += reads([&] { parse_yaml(text, "fuzz", diagnostics); });
    read += reads([&] { parse_command_line_value(text, "fuzz"); });
  }
  CHECK(read > 1000);
  CHECK(read < 7000);
}

TEST_CASE("large hostile texts are read or refused in little time") {
  const std::size_t size = 30000;
  for (const char* piece :
       {"a: 1, ", "1,", "- ",  "? ",      ": ",   "!a ", "&a ",   "*a ",  "[",     "{",  "{a: ", "'",
        "\"",     "a",  "[a,", "- - a\n", "a:\n", "|\n", "\n \n", "%A\n", "---\n", "\\", "[?"}) {
    std::string text;
    while (text.size() < size) text += piece;
    Diagnostics diagnostics;
    reads([&] { parse_yaml(text, "fuzz", diagnostics); });
    diagnostics.clear();
    reads([&] { parse_yaml("[" + text + "]", "fuzz", diagnostics); });
  }
}

}  // namespace fuzz_test
