// X made of patches of images: which rows are kept, and the matrix they form.
//
//   symbol  meaning
//   L       patches of an image (patch_geometry.hpp)
//   r       `retain`, the part of the patches that is kept, 0 < r <= 1
//   n       patches kept of every image: L for r = 1, else floor(r L + 1), which is at most L
//   G       groups of a grouped convolution: each sees C / G neighbouring channels, and has an X of its own
//
// Rows of X are ordered by image, then as drawn. With replacement every one of the n is any of the L (r = 1 is then a
// bootstrap of L); without, they are n different ones in the order drawn, and for r = 1 all of them, undrawn, in the
// order of the image. The draws depend on the number of the image among those drawn only, so that fewer samples are
// the first rows of the same X, and X and Xq keep the same rows.
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

/// Which patches of which images make a row: `image` counts rows of the table of images.
struct PatchRow {
  Index image = 0;
  Index patch = 0;
  bool operator==(const PatchRow&) const = default;
};

/// All that a config says of patches.
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
  /// C k^2 / G.
  Index features(const ImageShape& image) const;
  /// n.
  Index kept(const PatchGeometry& geometry) const;
  bool random() const { return replacement || retain < 1; }
};

/// The parameters kernel, stride, conv_stride, padding, dilation, retain, replacement, groups and group. Where
/// `optional`, none has a standard value in the table, so that a config without them is not changed by them: absent
/// means what read_patch_settings() makes of it.
ParameterTable patch_parameters(bool optional);

/// What the parameters say. Throws std::invalid_argument for a group that does not exist.
PatchSettings read_patch_settings(const Parameters& parameters);

/// Throws std::invalid_argument unless the width is that of a patch.
void check_patch_width(Index width, Index features);

/// The first `samples` rows of X from these images, in the order given; there must be at least samples / n of them.
std::vector<PatchRow> draw_patch_rows(const PatchSettings& settings, const PatchGeometry& geometry,
                                      const Stream& stream, const std::vector<Index>& images, Index samples);

/// X of these rows: samples x features(), from a table with one image as C H W pixels in each row.
std::unique_ptr<InputSource> patch_source(const PatchSettings& settings, const PatchGeometry& geometry,
                                          std::shared_ptr<const SampleTable> images, std::vector<PatchRow> rows);

}  // namespace pathquant
