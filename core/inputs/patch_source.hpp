// Patch source: X made of image patches, with a random selection of the patches.
//
//   symbol  meaning
//   L       patches of an image (patch_geometry.hpp)
//   r       `retain`, the part of the patches that is kept, 0 < r <= 1
//   n       patches kept of every image: L for r = 1, else floor(r L + 1), which is at most L
//   G       groups of a grouped convolution: each sees C / G neighbouring channels, and has its own X
//
// Rows of X are ordered by image, then by draw. With replacement each of the n patches is any of the L (for r = 1, a
// bootstrap sample of L). Without replacement they are n different patches in the order drawn; for r = 1 they are all
// patches in the order of the image, without a draw. The draws depend on the position of the image among those drawn
// only. So a smaller number of samples gives the first rows of the same X, and X and Xq keep the same rows.
//
// Source: the code of Zhang, Zhou & Saab 2022, arXiv 2201.11113 (retain_rate, drawn with replacement).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/inputs/patch_geometry.hpp"
#include "core/inputs/table_distribution.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

/// Image and patch of one row of X. `image` is a row of the table of images.
struct PatchRow {
  Index image = 0;
  Index patch = 0;
  bool operator==(const PatchRow&) const = default;
};

/// Settings of patches from the config.
struct PatchSettings {
  Index kernel = 1;
  Index stride = 1;
  Index padding = 0;
  Index dilation = 1;
  double retain = 0.25;
  bool replacement = true;
  Index groups = 1;
  Index group = 0;  ///< the one whose X is made, 0 <= group < groups

  /// Throws std::invalid_argument when no patch fits into the image or the groups do not divide its channels.
  PatchGeometry geometry(const ImageShape& image) const;
  /// C k^2 / G, the number of features.
  Index features(const ImageShape& image) const;
  /// n, the patches kept of every image.
  Index kept(const PatchGeometry& geometry) const;
  bool random() const { return replacement || retain < 1; }
};

/// The parameters kernel, stride, conv_stride, padding, dilation, retain, replacement, groups and group. If `optional`,
/// the table gives no defaults, so that a config without patches stays as it is; read_patch_settings() then supplies
/// the defaults.
ParameterTable patch_parameters(bool optional);

/// Reads the settings from the parameters. Throws std::invalid_argument for a group that does not exist.
PatchSettings read_patch_settings(const Parameters& parameters);

/// Throws std::invalid_argument unless the width is that of a patch.
void check_patch_width(Index width, Index features);

/// The first `samples` rows of X from these images, in the given order. Requires at least samples / n images.
std::vector<PatchRow> draw_patch_rows(const PatchSettings& settings, const PatchGeometry& geometry,
                                      const Stream& stream, const std::vector<Index>& images, Index samples);

/// X of these rows (samples x features()). Each row of the table is one image of C H W pixels.
std::unique_ptr<InputSource> patch_source(const PatchSettings& settings, const PatchGeometry& geometry,
                                          std::shared_ptr<const SampleTable> images, std::vector<PatchRow> rows);

}  // namespace pathquant
