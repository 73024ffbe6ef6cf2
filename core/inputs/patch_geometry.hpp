// Patch geometry: the patches of an image under a convolution's kernel, as rows of a matrix.
//
//   symbol    meaning
//   C, H, W   channels, height and width of an image; pixel (c, y, x) is number (c H + y) W + x of its C H W
//   k         kernel size: the kernel is k x k
//   s, p, d   stride between patches, zeros added on every side, distance between a kernel's taps (dilation)
//   o_H, o_W  patches down and across: floor((H + 2p - d (k - 1) - 1) / s) + 1, and the same with W; pixels outside all
//             whole patches are dropped
//   L         o_H o_W patches, row by row: patch l has its first tap at (s (l div o_W) - p, s (l mod o_W) - p)
//   feature   (c, i, j) is number (c k + i) k + j: the tap (i, j) of channel c, in the order of PyTorch's nn.Unfold and
//             of a convolution's flattened weight (outputs, C, k, k)
#pragma once

#include <optional>

#include "core/data/image_shape.hpp"
#include "core/types.hpp"

namespace pathquant {

class PatchGeometry {
 public:
  /// Throws std::invalid_argument when a size is out of range or no patch fits.
  PatchGeometry(ImageShape image, Index kernel, Index stride, Index padding, Index dilation);

  Index patches_down() const { return down_; }
  Index patches_across() const { return across_; }
  /// L, the number of patches.
  Index patches() const { return down_ * across_; }
  /// C k^2, the number of features.
  Index features() const { return image_.channels * kernel_ * kernel_; }
  const ImageShape& image() const { return image_; }
  /// The pixel of a feature of a patch; absent where it lies in the padding.
  std::optional<Index> pixel(Index patch, Index feature) const;

 private:
  ImageShape image_;
  Index kernel_;
  Index stride_;
  Index padding_;
  Index dilation_;
  Index down_;
  Index across_;
};

}  // namespace pathquant
