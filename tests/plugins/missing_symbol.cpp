// Plugin for tests that needs an undefined symbol.
#include "core/plugin.hpp"
#include "core/registry.hpp"

PATHQUANT_PLUGIN("missing_symbol", "1.0");

int nobody_has_this();

namespace {
const int wanted = nobody_has_this();
}  // namespace
