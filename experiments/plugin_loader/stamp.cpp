#include "experiments/plugin_loader/stamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace pathquant {
namespace {

template <std::size_t N>
std::string_view text_of(const std::array<char, N>& bytes) {
  return {bytes.data(), strnlen(bytes.data(), N)};
}

}  // namespace

PluginStamp read_stamp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::invalid_argument("it cannot be read");
  static constexpr auto magic = stamp::make("", "").magic;
  const auto found = std::search(bytes.begin(), bytes.end(), magic.begin(), magic.end());
  if (bytes.end() - found < static_cast<std::ptrdiff_t>(sizeof(PluginStamp)))
    throw std::invalid_argument("it is not a plugin: it lacks PATHQUANT_PLUGIN(\"name\", \"version\")");
  PluginStamp stamp;
  std::memcpy(&stamp, &*found, sizeof(stamp));
  return stamp;
}

std::string misfit(const PluginStamp& plugin, const PluginStamp& program) {
  const auto differs = [](const char* what, auto its, auto ours) {
    return fmt::format("it was built {} {}, this program {}: build it again for this program", what, its, ours);
  };
  if (plugin.interface != program.interface)
    return differs("for version", plugin.interface, fmt::format("has version {} of the interface", program.interface));
  if (plugin.headers != program.headers)
    return "it was built with the headers of another version of pathquant: build it again with this one's";
  if (plugin.compiler != program.compiler)
    return differs("with", text_of(plugin.compiler), fmt::format("with {}", text_of(program.compiler)));
  if (plugin.language != program.language)
    return differs("as C++", plugin.language, fmt::format("as C++ {}", program.language));
  if (plugin.library != program.library || plugin.library_strings != program.library_strings ||
      plugin.library_checks != program.library_checks)
    return "it was built with another standard library, or another mode of it: build it again for this program";
  if (plugin.eigen != program.eigen) return differs("with Eigen", plugin.eigen, fmt::format("with {}", program.eigen));
  if (plugin.eigen_alignment != program.eigen_alignment)
    return differs("for matrices aligned to", plugin.eigen_alignment,
                   fmt::format("aligns to {} (leave -march out)", program.eigen_alignment));
  return "";
}

}  // namespace pathquant
