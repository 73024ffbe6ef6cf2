#include "core/inputs/table_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/inputs/draw_without_replacement.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace {

std::vector<Index> first_numbers(Index count) {
  std::vector<Index> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return numbers;
}

class TableSource : public InputSource {
 public:
  TableSource(std::shared_ptr<const SampleTable> table, std::vector<Index> rows, std::vector<Index> features)
      : table_(std::move(table)), rows_(std::move(rows)), features_(std::move(features)) {}

  void columns(Index first, Index count, double* out) const override {
    // In tiles of rows, since a pixel's neighbours in memory are its row's: each is fetched once for all features
    // wanted.
    constexpr std::size_t tile = 256;
    const std::span all(rows_);
    for (std::size_t begin = 0; begin < all.size(); begin += tile) {
      const std::span rows = all.subspan(begin, std::min(tile, all.size() - begin));
      for (Index t = 0; t < count; ++t)
        table_->gather(features_[static_cast<std::size_t>(first + t)], rows,
                       out + static_cast<std::size_t>(t) * all.size() + begin);
    }
  }

 private:
  std::shared_ptr<const SampleTable> table_;
  std::vector<Index> rows_;
  std::vector<Index> features_;
};

class TableLaw : public InputLaw {
 public:
  explicit TableLaw(TableOrigin origin) : origin_(std::move(origin)) {}

  bool random(Index samples) const override {
    return origin_.features == "random" || samples < origin_.table()->rows();
  }
  std::optional<Index> fixed_width() const override { return origin_.table()->columns(); }
  std::optional<Index> available_samples() const override { return origin_.table()->rows(); }
  std::vector<std::filesystem::path> files() const override { return origin_.files(); }

  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    auto table = origin_.table();
    if (samples > table->rows())
      throw std::invalid_argument(
          fmt::format("samples must be at most {}, the rows of {}, not {}", table->rows(), origin_.name, samples));
    if (width > table->columns())
      throw std::invalid_argument(
          fmt::format("width must be at most {}, the features of {}, not {}", table->columns(), origin_.name, width));
    if (origin_.features == "all" && width != table->columns())
      throw std::invalid_argument(
          fmt::format("width must be {}, the features of {}, not {}; a smaller one needs "
                      "features: first or features: random",
                      table->columns(), origin_.name, width));
    const std::string stream = key + "/inputs/" + origin_.name;
    std::vector<Index> rows = samples == table->rows()
                                  ? first_numbers(samples)
                                  : draw_without_replacement(Stream(stream), table->rows(), samples);
    std::vector<Index> features = first_numbers(width);
    if (origin_.features == "random") {
      features = draw_without_replacement(Stream(stream + "/features"), table->columns(), width);
      std::sort(features.begin(), features.end());
    }
    return std::make_unique<TableSource>(std::move(table), std::move(rows), std::move(features));
  }

 private:
  TableOrigin origin_;
};

}  // namespace

Parameter features_parameter() {
  return word("features", {"all", "first", "random"},
              "the columns that make X: all of them, the first `width`, or `width` drawn at random in each trial")
      .defaults_to(std::string("all"));
}

std::unique_ptr<InputLaw> table_law(TableOrigin origin) {
  return std::make_unique<TableLaw>(std::move(origin));
}

}  // namespace pathquant
