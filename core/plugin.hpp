// What a plugin is: a shared library that registers quantizers, lines, input or weight laws by the same static objects
// as the program's own files, and says once, at namespace scope, who it is:
//
//   PATHQUANT_PLUGIN("mine", "1.0");
//
// That line leaves a stamp in the library: the version of this interface, and everything that decides whether the
// library and the program mean the same bytes by the same types. The program reads it from the file before it runs any
// of the plugin's code, and refuses a plugin that was built for another.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <version>

#include "generated/plugin_interface.hpp"

namespace pathquant {

/// Raised whenever a plugin that still compiles would be understood in another way.
inline constexpr std::uint32_t plugin_interface = 1;

/// Plain bytes, found in the file by `magic`. All texts end with a zero.
struct PluginStamp {
  std::array<char, 32> magic;
  std::uint32_t interface;
  std::uint32_t language;         ///< __cplusplus
  std::uint32_t library;          ///< the standard library's release
  std::uint32_t library_strings;  ///< which of its two strings
  std::uint32_t library_checks;   ///< its debug mode, in which containers are laid out otherwise
  std::uint32_t eigen;
  std::uint32_t eigen_alignment;  ///< of its matrices, which follows from -march
  std::array<char, 68> headers;   ///< SHA-256 of pathquant's installed headers
  std::array<char, 64> compiler;
  std::array<char, 64> name;
  std::array<char, 32> version;
};

namespace stamp {

template <std::size_t N>
consteval std::array<char, N> text(std::string_view from) {
  std::array<char, N> to{};
  std::copy_n(from.begin(), std::min(from.size(), N - 1), to.begin());
  return to;
}

#ifdef __clang__
inline constexpr std::string_view compiler = __VERSION__;
#else
inline constexpr std::string_view compiler = "g++ " __VERSION__;
#endif
#ifdef _GLIBCXX_RELEASE
inline constexpr std::uint32_t library = _GLIBCXX_RELEASE;
inline constexpr std::uint32_t library_strings = _GLIBCXX_USE_CXX11_ABI;
#else
inline constexpr std::uint32_t library = 0;
inline constexpr std::uint32_t library_strings = 2;
#endif
#ifdef _GLIBCXX_DEBUG
inline constexpr std::uint32_t library_checks = 1;
#else
inline constexpr std::uint32_t library_checks = 0;
#endif

/// A stamp of this compilation.
consteval PluginStamp make(std::string_view name, std::string_view version) {
  return {text<32>("pathquant plugin stamp"),
          plugin_interface,
          __cplusplus,
          library,
          library_strings,
          library_checks,
          EIGEN_WORLD_VERSION * 10000 + EIGEN_MAJOR_VERSION * 100 + EIGEN_MINOR_VERSION,
          EIGEN_MAX_ALIGN_BYTES,
          text<68>(plugin_headers),
          text<64>(compiler),
          text<64>(name),
          text<32>(version)};
}

}  // namespace stamp

}  // namespace pathquant

/// `name` and `version` (of the plugin) are texts; once in every plugin, at namespace scope.
#define PATHQUANT_PLUGIN(name, version)                                                                              \
  extern "C" {                                                                                                       \
  extern const pathquant::PluginStamp pathquant_plugin_stamp;                                                        \
  __attribute__((used)) const pathquant::PluginStamp pathquant_plugin_stamp = pathquant::stamp::make(name, version); \
  }                                                                                                                  \
  static_assert(true)
