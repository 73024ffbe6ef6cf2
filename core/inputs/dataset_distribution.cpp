#include "core/inputs/dataset_distribution.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/data/datasets.hpp"
#include "core/inputs/draw_without_replacement.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/inputs/patch_source.hpp"
#include "core/inputs/table_distribution.hpp"

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

/// Distribution of image patches: images are drawn without replacement, then patches of each image.
class PatchDistribution : public InputDistribution {
 public:
  PatchDistribution(TableOrigin origin, const ImageShape& image, const PatchSettings& settings)
      : origin_(std::move(origin)), settings_(settings), geometry_(settings.geometry(image)) {}

  bool random(Index samples) const override { return settings_.random() || samples < *available_samples(); }
  std::optional<Index> fixed_width() const override { return settings_.features(geometry_.image()); }
  std::optional<Index> available_samples() const override {
    return origin_.table()->rows() * settings_.kept(geometry_);
  }
  std::vector<std::filesystem::path> files() const override { return origin_.files(); }
  std::vector<std::filesystem::path> fresh_files() const override {
    return origin_.fresh_files ? origin_.fresh_files() : std::vector<std::filesystem::path>{};
  }
  // Fresh rows come from other images, because patches of one image are similar.
  std::optional<Index> available_fresh(Index samples) const override {
    const Index images =
        origin_.fresh_table ? origin_.fresh_table()->rows() : origin_.table()->rows() - images_for(samples);
    return images * settings_.kept(geometry_);
  }
  bool fresh_random(Index samples, Index fresh) const override {
    return settings_.random() || !origin_.fresh_table || fresh < *available_fresh(samples);
  }

  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    check_patch_width(width, *fixed_width());
    auto table = origin_.table();
    const Index kept = settings_.kept(geometry_);
    const Index images = images_for(samples);
    if (images > table->rows())
      throw std::invalid_argument(
          fmt::format("samples must be at most {}, {} patches of each of the {} images of {}, not {}",
                      table->rows() * kept, kept, table->rows(), origin_.name, samples));
    return patches(std::move(table), images_of(*table, stream(key), images, random(samples)), stream(key), samples);
  }

  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index samples, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    check_patch_width(width, *fixed_width());
    const bool other = static_cast<bool>(origin_.fresh_table);
    auto table = other ? origin_.fresh_table() : origin_.table();
    if (fresh > *available_fresh(samples))
      throw std::invalid_argument(fmt::format(
          "fresh.samples must be at most {}, {} patches of each image of {} {}, not {}", *available_fresh(samples),
          settings_.kept(geometry_), origin_.name, other ? "there" : "that is not in X", fresh));
    const std::string own = stream(fresh_key(key));
    const Index images = images_for(fresh);
    std::vector<Index> drawn = other ? images_of(*table, own, images, fresh_random(samples, fresh))
                                     : draw_from_the_rest(Stream(stream(key)), table->rows(), images);
    return patches(std::move(table), drawn, own, fresh);
  }

 private:
  std::string stream(const std::string& key) const { return key + "/inputs/" + origin_.name; }
  Index images_for(Index samples) const { return (samples - 1) / settings_.kept(geometry_) + 1; }

  static std::vector<Index> images_of(const SampleTable& table, const std::string& stream, Index images, bool draw) {
    if (draw) return draw_without_replacement(Stream(stream), table.rows(), images);
    std::vector<Index> numbers(static_cast<std::size_t>(images));
    std::iota(numbers.begin(), numbers.end(), Index{0});
    return numbers;
  }

  std::unique_ptr<InputSource> patches(std::shared_ptr<const SampleTable> table, const std::vector<Index>& images,
                                       const std::string& stream, Index samples) const {
    auto rows = draw_patch_rows(settings_, geometry_, Stream(stream + "/patches"), images, samples);
    return patch_source(settings_, geometry_, std::move(table), std::move(rows));
  }

  TableOrigin origin_;
  PatchSettings settings_;
  PatchGeometry geometry_;
};

std::unique_ptr<InputDistribution> make_law(TableOrigin origin, const Parameters& parameters) {
  if (parameters.has("kernel")) {
    if (!parameters.is("features", "all"))
      throw std::invalid_argument("features must be all where kernel makes X of patches");
    const ImageShape image = dataset_image(origin.name);
    return std::make_unique<PatchDistribution>(std::move(origin), image, read_patch_settings(parameters));
  }
  for (const Parameter& parameter : patch_parameters(true))
    if (parameters.has(parameter.name))
      throw std::invalid_argument(
          fmt::format("{} belongs to patches: it needs kernel, the size of a patch", parameter.name));
  return table_distribution(std::move(origin));
}

}  // namespace

InputEntry dataset_entry(Description description) {
  const std::string name = description.name;
  const std::vector<std::string> splits = dataset_splits(name);
  description.parameters =
      ParameterTable{word("split", splits, "the part of the data that rows are drawn from").defaults_to(splits[0]),
                     word("fresh.split", splits,
                          "the part that fresh rows are drawn from; by default rows of `split` that are not in X"),
                     features_parameter()} +
      patch_parameters(true);
  const auto make = [name](const Parameters& parameters) {
    const auto table = [&name](const std::string& split) {
      return [name, split] { return std::make_shared<PixelTable>(load_dataset(name, split)); };
    };
    const auto files = [&name](const std::string& split) {
      return [name, split] { return find_dataset(name, split); };
    };
    const std::string split = parameters.word("split");
    TableOrigin origin{
        .name = name, .features = parameters.word("features"), .table = table(split), .files = files(split)};
    if (parameters.has("fresh.split") && parameters.word("fresh.split") != split) {
      const std::string& fresh = parameters.word("fresh.split");
      if (dataset_splits_share_rows(name, split, fresh))
        throw std::invalid_argument(
            fmt::format("split {} and fresh.split {} have rows in common: choose disjoint parts, or leave out "
                        "fresh.split, so that X and the fresh rows share the rows of {}",
                        split, fresh, split));
      origin.fresh_table = table(fresh);
      origin.fresh_files = files(fresh);
    }
    return make_law(std::move(origin), parameters);
  };
  return {.description = std::move(description), .dataset = true, .make = make};
}

}  // namespace pathquant
