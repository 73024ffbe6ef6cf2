#include "core/inputs/dataset_law.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/data/datasets.hpp"
#include "core/inputs/draw_without_replacement.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/inputs/patch_source.hpp"
#include "core/inputs/table_law.hpp"

namespace pathquant {

namespace {

class PixelTable : public SampleTable {
 public:
  explicit PixelTable(Dataset dataset) : dataset_(std::move(dataset)) {}

  Index rows() const override { return dataset_.rows(); }
  Index columns() const override { return dataset_.columns(); }
  void gather(Index column, std::span<const Index> rows, double* out) const override {
    for (const Index row : rows) *out++ = dataset_(row, column);
  }

 private:
  Dataset dataset_;
};

/// Patches of the images instead of whole images: images are drawn without replacement, then patches of each.
class PatchLaw : public InputLaw {
 public:
  PatchLaw(TableOrigin origin, const ImageShape& image, const PatchSettings& settings)
      : origin_(std::move(origin)), settings_(settings), geometry_(settings.geometry(image)) {}

  bool random(Index samples) const override { return settings_.random() || samples < *available_samples(); }
  std::optional<Index> fixed_width() const override { return settings_.features(geometry_.image()); }
  std::optional<Index> available_samples() const override {
    return origin_.table()->rows() * settings_.kept(geometry_);
  }
  std::vector<std::filesystem::path> files() const override { return origin_.files(); }

  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    check_patch_width(width, *fixed_width());
    auto table = origin_.table();
    const Index kept = settings_.kept(geometry_);
    const Index images = (samples - 1) / kept + 1;
    if (images > table->rows())
      throw std::invalid_argument(
          fmt::format("samples must be at most {}, {} patches of each of the {} images of {}, "
                      "not {}",
                      table->rows() * kept, kept, table->rows(), origin_.name, samples));
    const std::string stream = key + "/inputs/" + origin_.name;
    std::vector<Index> drawn;
    if (random(samples)) {
      drawn = draw_without_replacement(Stream(stream), table->rows(), images);
    } else {
      drawn.resize(static_cast<std::size_t>(images));
      std::iota(drawn.begin(), drawn.end(), Index{0});
    }
    auto rows = draw_patch_rows(settings_, geometry_, Stream(stream + "/patches"), drawn, samples);
    return patch_source(settings_, geometry_, std::move(table), std::move(rows));
  }

 private:
  TableOrigin origin_;
  PatchSettings settings_;
  PatchGeometry geometry_;
};

std::unique_ptr<InputLaw> make_law(TableOrigin origin, const Parameters& parameters) {
  if (parameters.has("kernel")) {
    if (!parameters.is("features", "all"))
      throw std::invalid_argument("features must be all where kernel makes X of patches");
    const ImageShape image = dataset_image(origin.name);
    return std::make_unique<PatchLaw>(std::move(origin), image, read_patch_settings(parameters));
  }
  for (const Parameter& parameter : patch_parameters(true))
    if (parameters.has(parameter.name))
      throw std::invalid_argument(
          fmt::format("{} is about patches: it needs kernel, the size of a patch", parameter.name));
  return table_law(std::move(origin));
}

}  // namespace

InputEntry dataset_entry(Description description) {
  const std::string name = description.name;
  const std::vector<std::string> splits = dataset_splits(name);
  description.parameters =
      ParameterTable{word("split", splits, "the part of the data that rows are drawn from").defaults_to(splits[0]),
                     features_parameter()} +
      patch_parameters(true);
  const auto make = [name](const Parameters& parameters) {
    const std::string split = parameters.word("split");
    return make_law({
                        .name = name,
                        .features = parameters.word("features"),
                        .table = [name, split] { return std::make_shared<PixelTable>(load_dataset(name, split)); },
                        .files = [name, split] { return find_dataset(name, split); },
                    },
                    parameters);
  };
  return {.description = std::move(description), .dataset = true, .make = make};
}

}  // namespace pathquant
