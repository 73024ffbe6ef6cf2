#include "core/inputs/patch_geometry.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace pathquant {

namespace {

constexpr Index largest_size = Index{1} << 20;  // so that no product below overflows

void check_size(const char* name, Index value, Index least) {
  if (value < least || value > largest_size)
    throw std::invalid_argument(fmt::format("{} must be from {} to {}, not {}", name, least, largest_size, value));
}

}  // namespace

PatchGeometry::PatchGeometry(ImageShape image, Index kernel, Index stride, Index padding, Index dilation)
    : image_(image), kernel_(kernel), stride_(stride), padding_(padding), dilation_(dilation) {
  check_size("image.channels", image.channels, 1);
  check_size("image.height", image.height, 1);
  check_size("image.width", image.width, 1);
  check_size("kernel", kernel, 1);
  check_size("stride", stride, 1);
  check_size("padding", padding, 0);
  check_size("dilation", dilation, 1);
  const auto patches_along = [&](Index size) {
    const Index room = size + 2 * padding - dilation * (kernel - 1) - 1;
    if (room < 0)
      throw std::invalid_argument(
          fmt::format("a kernel of {} with dilation {} does not fit into {} pixels with padding {}", kernel, dilation,
                      size, padding));
    return room / stride + 1;
  };
  down_ = patches_along(image.height);
  across_ = patches_along(image.width);
}

std::optional<Index> PatchGeometry::pixel(Index patch, Index feature) const {
  const Index channel = feature / (kernel_ * kernel_);
  const Index tap = feature % (kernel_ * kernel_);
  const Index y = patch / across_ * stride_ - padding_ + tap / kernel_ * dilation_;
  const Index x = patch % across_ * stride_ - padding_ + tap % kernel_ * dilation_;
  if (y < 0 || y >= image_.height || x < 0 || x >= image_.width) return std::nullopt;
  return (channel * image_.height + y) * image_.width + x;
}

}  // namespace pathquant
