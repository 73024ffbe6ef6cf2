#include "experiments/cli/instructions.hpp"

#include <fmt/format.h>

#include "experiments/cli/commands.hpp"

namespace pathquant::cli {
namespace {

using kernels::Instructions;

constexpr std::pair<const char*, Instructions> names[] = {
    {"avx512", Instructions::avx512}, {"avx2", Instructions::fma}, {"none", Instructions::baseline}};

}  // namespace

std::string name_of(Instructions instructions) {
  for (const auto& [name, named] : names)
    if (named == instructions) return name;
  return "";
}

void limit_instructions(const std::string& name) {
  if (name.empty()) return;
  for (const auto& [known, instructions] : names) {
    if (name != known) continue;
    if (instructions > kernels::instructions()) throw UsageError(fmt::format("this processor has no {}", name));
    kernels::limit_instructions(instructions);
    return;
  }
  throw UsageError(fmt::format("--instructions is one of avx512, avx2, none, not '{}'", name));
}

}  // namespace pathquant::cli
