#include "experiments/plugin_loader/stamp.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace stamp_test {
constexpr PluginStamp here = stamp::make("mine", "1.5");

TEST_CASE("a stamp is found wherever it lies in a file") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "a.so";
  std::ofstream(file, std::ios::binary) << "pathquant plugin"
                                        << std::string_view(reinterpret_cast<const char*>(&here), sizeof(here))
                                        << "more";
  const PluginStamp found = read_stamp(file);
  CHECK(found.name == here.name);
  CHECK(std::string(found.version.data()) == "1.5");
  CHECK(misfit(found, here).empty());
  std::ofstream(file, std::ios::binary) << std::string_view(reinterpret_cast<const char*>(&here), sizeof(here) - 1);
  CHECK_THROWS_AS(read_stamp(file), std::invalid_argument);
}

TEST_CASE("whatever decides the layout of a type is looked at") {
  const auto changed = [](auto change) {
    PluginStamp other = here;
    change(other);
    return misfit(other, here);
  };
  CHECK(changed([](PluginStamp& s) { s.interface += 1; }).find("interface") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.headers[3] ^= 1; }).find("headers") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.compiler = stamp::text<64>("other 1.0"); }).find("other 1.0") !=
        std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.language += 1; }).find("C++") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.library += 1; }).find("standard library") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.library_strings += 1; }).find("standard library") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.library_checks += 1; }).find("standard library") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.eigen += 1; }).find("Eigen") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.eigen_alignment *= 2; }).find("-march") != std::string::npos);
  CHECK(changed([](PluginStamp& s) { s.name = stamp::text<64>("another"); }).empty());
}

}  // namespace stamp_test
