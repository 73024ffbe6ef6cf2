#include "core/inputs/patch_geometry.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace patch_geometry_test {

/// Slides a kernel over an image that is really padded: for each place where it fits, the numbers of the pixels under
/// it, -1 for padding, in the order (channel, row, column).
std::vector<std::vector<Index>> slide(const ImageShape& image, Index k, Index stride, Index padding, Index dilation) {
  const Index height = image.height + 2 * padding;
  const Index width = image.width + 2 * padding;
  std::vector<Index> padded(static_cast<std::size_t>(image.channels * height * width), -1);
  const auto at = [&](Index c, Index y, Index x) -> Index& {
    return padded[static_cast<std::size_t>((c * height + y) * width + x)];
  };
  Index number = 0;
  for (Index c = 0; c < image.channels; ++c)
    for (Index y = 0; y < image.height; ++y)
      for (Index x = 0; x < image.width; ++x) at(c, y + padding, x + padding) = number++;
  std::vector<std::vector<Index>> patches;
  const Index reach = dilation * (k - 1);
  for (Index y = 0; y + reach < height; y += stride)
    for (Index x = 0; x + reach < width; x += stride) {
      std::vector<Index> patch;
      for (Index c = 0; c < image.channels; ++c)
        for (Index i = 0; i < k; ++i)
          for (Index j = 0; j < k; ++j) patch.push_back(at(c, y + i * dilation, x + j * dilation));
      patches.push_back(patch);
    }
  return patches;
}

TEST_CASE("patches are those of a kernel that slides over the padded image") {
  int geometries = 0;
  for (const Index channels : {1, 2, 3})
    for (const Index height : {1, 4, 5, 8})
      for (const Index width : {1, 3, 6, 7})
        for (const Index k : {1, 2, 3})
          for (const Index stride : {1, 2, 3, 5})
            for (const Index padding : {0, 1, 3})
              for (const Index dilation : {1, 2}) {
                const auto expected = slide({channels, height, width}, k, stride, padding, dilation);
                if (expected.empty()) {
                  CHECK_THROWS_AS(PatchGeometry({channels, height, width}, k, stride, padding, dilation),
                                  std::invalid_argument);
                  continue;
                }
                ++geometries;
                const PatchGeometry geometry({channels, height, width}, k, stride, padding, dilation);
                REQUIRE(geometry.patches() == static_cast<Index>(expected.size()));
                REQUIRE(geometry.features() == channels * k * k);
                bool equal = true;
                for (Index patch = 0; patch < geometry.patches(); ++patch)
                  for (Index feature = 0; feature < geometry.features(); ++feature)
                    equal = equal && geometry.pixel(patch, feature).value_or(-1) ==
                                         expected[static_cast<std::size_t>(patch)][static_cast<std::size_t>(feature)];
                CHECK(equal);
              }
  CHECK(geometries > 2000);
}

TEST_CASE("sizes out of range and kernels that do not fit are refused") {
  CHECK(contains(refusal<std::invalid_argument>([] {
                   PatchGeometry({1, 4, 9}, 3, 1, 0, 2);
                 }),
                 "a kernel of 3 with dilation 2 does not fit into 4 pixels with padding 0"));
  CHECK_THROWS_AS(PatchGeometry({1, 4, 4}, 0, 1, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(PatchGeometry({1, 4, 4}, 1, 0, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(PatchGeometry({1, 4, 4}, 1, 1, -1, 1), std::invalid_argument);
  CHECK_THROWS_AS(PatchGeometry({1, 4, 4}, 1, 1, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(PatchGeometry({0, 4, 4}, 1, 1, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(PatchGeometry({1, Index{1} << 40, 4}, 1, 1, 0, 1), std::invalid_argument);
}

}  // namespace patch_geometry_test
