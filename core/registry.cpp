#include "core/registry.hpp"

namespace pathquant {

PluginLoad*& plugin_being_loaded() {
  static PluginLoad* load = nullptr;
  return load;
}

}  // namespace pathquant
