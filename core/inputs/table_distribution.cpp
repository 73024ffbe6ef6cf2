#include "core/inputs/table_distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/data/in_precision.hpp"
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
  TableSource(std::string name, std::shared_ptr<const SampleTable> table, std::vector<Index> rows,
              std::vector<Index> features)
      : name_(std::move(name)), table_(std::move(table)), rows_(std::move(rows)), features_(std::move(features)) {}

  void columns(Index first, Index count, double* out) const override {
    // Works in tiles of rows: neighbours in memory belong to one row, so each row is fetched once for all features.
    constexpr std::size_t tile = 256;
    const std::span all(rows_);
    for (std::size_t begin = 0; begin < all.size(); begin += tile) {
      const std::span rows = all.subspan(begin, std::min(tile, all.size() - begin));
      for (Index t = 0; t < count; ++t)
        table_->gather(features_[static_cast<std::size_t>(first + t)], rows,
                       out + static_cast<std::size_t>(t) * all.size() + begin);
    }
  }

  void single_columns(Index first, Index count, Index samples, float* out) const override {
    std::vector<double> block(static_cast<std::size_t>(count) * rows_.size());
    columns(first, count, block.data());
    for (Index t = 0, at = 0; t < count; ++t)
      for (Index i = 0; i < samples; ++i, ++at) {
        const double value = block[static_cast<std::size_t>(at)];
        require_single(value, name_, rows_[static_cast<std::size_t>(i)],
                       features_[static_cast<std::size_t>(first + t)]);
        out[at] = static_cast<float>(value);
      }
  }

 private:
  std::string name_;
  std::shared_ptr<const SampleTable> table_;
  std::vector<Index> rows_;
  std::vector<Index> features_;
};

class TableDistribution : public InputDistribution {
 public:
  explicit TableDistribution(TableOrigin origin) : origin_(std::move(origin)) {}

  bool random(Index samples) const override {
    return origin_.features == "random" || samples < origin_.table()->rows();
  }
  std::optional<Index> fixed_width() const override { return origin_.table()->columns(); }
  std::optional<Index> available_samples() const override { return origin_.table()->rows(); }
  std::vector<std::filesystem::path> files() const override { return origin_.files(); }

  std::vector<std::filesystem::path> fresh_files() const override {
    return origin_.fresh_files ? origin_.fresh_files() : std::vector<std::filesystem::path>{};
  }
  std::optional<Index> available_fresh(Index samples) const override {
    return origin_.fresh_table ? origin_.fresh_table()->rows() : origin_.table()->rows() - samples;
  }
  bool fresh_random(Index samples, Index fresh) const override {
    return !origin_.fresh_table || fresh < *available_fresh(samples);
  }

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
    std::vector<Index> rows = rows_of(*table, stream(key), samples);
    std::vector<Index> features = features_of(key, *table, width);
    return std::make_unique<TableSource>(file_name(), std::move(table), std::move(rows), std::move(features));
  }

  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index samples, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    const bool other = static_cast<bool>(origin_.fresh_table);
    auto table = other ? origin_.fresh_table() : origin_.table();
    if (table->columns() != origin_.table()->columns())
      throw std::invalid_argument(fmt::format("the fresh rows of {} have {} features where X's have {}", origin_.name,
                                              table->columns(), origin_.table()->columns()));
    if (fresh > *available_fresh(samples))
      throw std::invalid_argument(fmt::format("fresh.samples must be at most {}, {} of {}, not {}",
                                              *available_fresh(samples), other ? "the rows" : "the rows left",
                                              origin_.name, fresh));
    std::vector<Index> rows = other ? rows_of(*table, stream(fresh_key(key)), fresh)
                                    : draw_from_the_rest(Stream(stream(key)), table->rows(), fresh);
    std::vector<Index> features = features_of(key, *table, width);
    return std::make_unique<TableSource>(file_name(), std::move(table), std::move(rows), std::move(features));
  }

 private:
  // For messages.
  std::string file_name() const {
    const auto files = origin_.files ? origin_.files() : std::vector<std::filesystem::path>{};
    return files.size() == 1 ? files.front().string() : origin_.name;
  }

  std::string stream(const std::string& key) const { return key + "/inputs/" + origin_.name; }

  static std::vector<Index> rows_of(const SampleTable& table, const std::string& stream, Index samples) {
    return samples == table.rows() ? first_numbers(samples)
                                   : draw_without_replacement(Stream(stream), table.rows(), samples);
  }

  std::vector<Index> features_of(const std::string& key, const SampleTable& table, Index width) const {
    if (origin_.features != "random") return first_numbers(width);
    std::vector<Index> features = draw_without_replacement(Stream(stream(key) + "/features"), table.columns(), width);
    std::sort(features.begin(), features.end());
    return features;
  }

  TableOrigin origin_;
};

}  // namespace

std::vector<Index> draw_from_the_rest(const Stream& stream, Index population, Index count) {
  const std::vector<Index> all = draw_without_replacement(stream, population, population);
  return {all.rbegin(), all.rbegin() + count};
}

Parameter features_parameter() {
  return word("features", {"all", "first", "random"},
              "the columns that make X: all of them, the first `width`, or `width` drawn at random in each trial")
      .defaults_to(std::string("all"));
}

std::unique_ptr<InputDistribution> table_distribution(TableOrigin origin) {
  return std::make_unique<TableDistribution>(std::move(origin));
}

}  // namespace pathquant
