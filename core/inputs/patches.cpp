// Patch inputs: X made of patches of random images.
//
// Pixels are independent N(0, sigma^2). Pixel q of image i is position i of row q of the stream, so that a smaller
// number of samples uses the first of the same images. patch_source.hpp defines the patches and their selection.
#include <mutex>
#include <numeric>
#include <utility>

#include "core/inputs/input_shape.hpp"
#include "core/inputs/patch_source.hpp"

namespace pathquant {

namespace patches_inputs {

/// Table of images x pixels, drawn on first use.
class RandomImages : public SampleTable {
 public:
  RandomImages(Stream stream, double sigma, Index images, Index pixels)
      : stream_(stream), sigma_(sigma), images_(images), pixels_(pixels) {}

  Index rows() const override { return images_; }
  Index columns() const override { return pixels_; }
  void gather(Index column, std::span<const Index> rows, double* out) const override {
    std::call_once(made_, [this] { make(); });
    for (const Index row : rows) *out++ = values_(row, column);
  }

 private:
  void make() const {
    Matrix<double> values(images_, pixels_);
    for (Index pixel = 0; pixel < pixels_; ++pixel) stream_.normals(pixel, 0, images_, values.col(pixel).data());
    values *= sigma_;
    values_ = std::move(values);
  }

  Stream stream_;
  double sigma_;
  Index images_;
  Index pixels_;
  mutable std::once_flag made_;
  mutable Matrix<double> values_;
};

class Patches : public InputDistribution {
 public:
  Patches(ImageShape image, const PatchSettings& settings, double sigma)
      : settings_(settings), geometry_(settings.geometry(image)), sigma_(sigma) {}

  bool random(Index) const override { return true; }
  std::optional<Index> fixed_width() const override { return settings_.features(geometry_.image()); }

  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    check_patch_width(width, *fixed_width());
    const std::string name = key + "/inputs/patches";
    const Index kept = settings_.kept(geometry_);
    std::vector<Index> images(static_cast<std::size_t>((samples + kept - 1) / kept));
    std::iota(images.begin(), images.end(), Index{0});
    auto rows = draw_patch_rows(settings_, geometry_, Stream(name + "/rows"), images, samples);
    return patch_source(settings_, geometry_,
                        std::make_shared<RandomImages>(Stream(name), sigma_, static_cast<Index>(images.size()),
                                                       geometry_.image().pixels()),
                        std::move(rows));
  }
  // The pixels of one patch are distinct, hence uncorrelated. How often one is padding depends on the patches drawn.
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    if (settings_.padding > 0) return std::nullopt;
    return uncorrelated_entries(width, 0, sigma_ * sigma_);
  }

 private:
  PatchSettings settings_;
  PatchGeometry geometry_;
  double sigma_;
};

ParameterTable parameters() {
  const auto size = [](const char* name, const char* meaning) {
    return integer(name, meaning).at_least(1).at_most(1 << 16);
  };
  return ParameterTable{size("image.channels", "C, channels of an image").defaults_to(std::int64_t{3}),
                        size("image.height", "H, its height in pixels").defaults_to(std::int64_t{32}),
                        size("image.width", "W, its width in pixels").defaults_to(std::int64_t{32}),
                        real("sigma", "standard deviation of a pixel").above(0).defaults_to(1.0)} +
         patch_parameters(false);
}

const Registered<InputEntry> registered({
    .description =
        {
            .name = "patches",
            .summary = "patches of random images, the inputs of a convolutional layer",
            .formula = "a row of X holds the C k^2 / groups pixels under a k x k kernel, in the order (channel, kernel "
                       "row, kernel column); pixels are N(0, sigma^2), independent, 0 in the padding. An image has L = "
                       "o_H o_W patches, o = floor((size + 2 padding - dilation (k - 1) - 1) / stride) + 1; "
                       "floor(retain L + 1) of them are kept. samples counts rows of X, image after image. Fewer "
                       "samples give the first rows of the same X.",
            .hypotheses = "patches overlap or repeat, so no bound that needs independent columns applies",
            .source = "the convolutional layers of Zhang, Zhou & Saab 2022, arXiv 2201.11113: patches at a distance "
                      "of the kernel's size, of which a part is kept with replacement",
            .parameters = parameters(),
        },
    .make =
        [](const Parameters& given) {
          return std::make_unique<Patches>(
              ImageShape{given.integer("image.channels"), given.integer("image.height"), given.integer("image.width")},
              read_patch_settings(given), given.real("sigma"));
        },
});

}  // namespace patches_inputs

}  // namespace pathquant
