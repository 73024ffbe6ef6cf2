#include "core/inputs/patch_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/inputs/draw_without_replacement.hpp"

namespace pathquant {

PatchGeometry PatchSettings::geometry(const ImageShape& image) const {
  if (image.channels % groups != 0)
    throw std::invalid_argument(
        fmt::format("groups must divide the {} channels of an image, and {} does not", image.channels, groups));
  return {image, kernel, stride, padding, dilation};
}

Index PatchSettings::features(const ImageShape& image) const {
  return image.channels / groups * kernel * kernel;
}

Index PatchSettings::kept(const PatchGeometry& geometry) const {
  const Index all = geometry.patches();
  if (retain >= 1) return all;
  // Take the minimum, because the product may round up to L.
  return std::min(all, static_cast<Index>(retain * static_cast<double>(all) + 1));
}

ParameterTable patch_parameters(bool optional) {
  ParameterTable table = {
      integer("kernel", "k: X is made of k x k patches of the images").at_least(1).at_most(1024),
      integer("stride",
              "pixels between patches; kernel: the kernel's size, so that patches do not overlap; conv: the "
              "convolution's own, conv_stride (default: kernel)")
          .at_least(1)
          .at_most(1024)
          .or_word("kernel")
          .or_word("conv")
          .defaults_to(std::string("kernel")),
      integer("conv_stride", "stride of the convolution, for stride: conv (default: 1)")
          .at_least(1)
          .at_most(1024)
          .defaults_to(std::int64_t{1}),
      integer("padding", "zeros on every side of an image (default: 0)")
          .at_least(0)
          .at_most(1024)
          .defaults_to(std::int64_t{0}),
      integer("dilation", "distance between the taps of the kernel (default: 1)")
          .at_least(1)
          .at_most(1024)
          .defaults_to(std::int64_t{1}),
      real("retain",
           "part of an image's L patches that is kept: floor(retain L + 1) of them, all L for 1 (standard: 0.25)")
          .above(0)
          .at_most(1)
          .defaults_to(0.25),
      boolean("replacement", "whether a patch may be kept more than once (default: true)").defaults_to(true),
      integer("groups", "groups of the convolution; each sees its own channels (default: 1)")
          .at_least(1)
          .at_most(1e6)
          .defaults_to(std::int64_t{1}),
      integer("group", "the group whose X is made, counted from 0 (default: 0)")
          .at_least(0)
          .at_most(1e6)
          .defaults_to(std::int64_t{0}),
  };
  for (Parameter& parameter : table)
    if (optional) parameter.standard.reset();
  if (!optional) table.front().must_be_given = true;
  return table;
}

PatchSettings read_patch_settings(const Parameters& parameters) {
  const auto whole = [&](const char* name, Index standard) {
    return parameters.has(name) ? Index{parameters.integer(name)} : standard;
  };
  PatchSettings settings;
  settings.kernel = parameters.integer("kernel");
  if (!parameters.has("stride") || parameters.is("stride", "kernel"))
    settings.stride = settings.kernel;
  else if (parameters.is("stride", "conv"))
    settings.stride = whole("conv_stride", 1);
  else
    settings.stride = parameters.integer("stride");
  settings.padding = whole("padding", 0);
  settings.dilation = whole("dilation", 1);
  if (parameters.has("retain")) settings.retain = parameters.real("retain");
  if (parameters.has("replacement")) settings.replacement = parameters.boolean("replacement");
  settings.groups = whole("groups", 1);
  settings.group = whole("group", 0);
  if (settings.group >= settings.groups)
    throw std::invalid_argument(fmt::format("group must be below groups, {}, not {}", settings.groups, settings.group));
  return settings;
}

void check_patch_width(Index width, Index features) {
  if (width != features)
    throw std::invalid_argument(fmt::format("width must be {}, the features of a patch, not {}", features, width));
}

std::vector<PatchRow> draw_patch_rows(const PatchSettings& settings, const PatchGeometry& geometry,
                                      const Stream& stream, const std::vector<Index>& images, Index samples) {
  const Index all = geometry.patches();
  const Index kept = settings.kept(geometry);
  std::vector<PatchRow> rows;
  rows.reserve(static_cast<std::size_t>(samples));
  for (Index number = 0; static_cast<Index>(rows.size()) < samples; ++number) {
    const Index image = images.at(static_cast<std::size_t>(number));
    const Index wanted = std::min(kept, samples - static_cast<Index>(rows.size()));
    if (settings.replacement) {
      StreamEngine engine(stream, number);
      boost::random::uniform_int_distribution<Index> any(0, all - 1);
      for (Index i = 0; i < wanted; ++i) rows.push_back({image, any(engine)});
    } else if (kept == all && settings.retain >= 1) {
      for (Index patch = 0; patch < wanted; ++patch) rows.push_back({image, patch});
    } else {
      for (const Index patch : draw_without_replacement(stream, all, wanted, number)) rows.push_back({image, patch});
    }
  }
  return rows;
}

namespace {

class PatchSource : public InputSource {
 public:
  PatchSource(const PatchSettings& settings, PatchGeometry geometry, std::shared_ptr<const SampleTable> images,
              std::vector<PatchRow> rows)
      : geometry_(geometry),
        first_feature_(settings.group * settings.features(geometry.image())),
        images_(std::move(images)),
        rows_(std::move(rows)),
        by_patch_(rows_.size()) {
    std::iota(by_patch_.begin(), by_patch_.end(), std::size_t{0});
    std::stable_sort(by_patch_.begin(), by_patch_.end(),
                     [&](std::size_t a, std::size_t b) { return rows_[a].patch < rows_[b].patch; });
    for (const std::size_t row : by_patch_) image_by_patch_.push_back(rows_[row].image);
  }

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += rows_.size()) column(first_feature_ + t, out);
  }

 private:
  // Rows with the same patch position read the same pixel of their images, so they are gathered together.
  void column(Index feature, double* out) const {
    std::vector<double> values(rows_.size());
    const std::span all(image_by_patch_);
    for (std::size_t begin = 0, end = 0; begin < rows_.size(); begin = end) {
      const Index patch = rows_[by_patch_[begin]].patch;
      while (end < rows_.size() && rows_[by_patch_[end]].patch == patch) ++end;
      if (const auto pixel = geometry_.pixel(patch, feature))
        images_->gather(*pixel, all.subspan(begin, end - begin), values.data() + begin);
    }
    for (std::size_t i = 0; i < values.size(); ++i) out[by_patch_[i]] = values[i];
  }

  PatchGeometry geometry_;
  Index first_feature_;
  std::shared_ptr<const SampleTable> images_;
  std::vector<PatchRow> rows_;
  std::vector<std::size_t> by_patch_;
  std::vector<Index> image_by_patch_;
};

}  // namespace

std::unique_ptr<InputSource> patch_source(const PatchSettings& settings, const PatchGeometry& geometry,
                                          std::shared_ptr<const SampleTable> images, std::vector<PatchRow> rows) {
  return std::make_unique<PatchSource>(settings, geometry, std::move(images), std::move(rows));
}

}  // namespace pathquant
