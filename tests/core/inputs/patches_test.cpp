// X made of patches: which are kept, the law `patches`, and data sets with a kernel.
#include <doctest/doctest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/data/npy_header.hpp"
#include "core/inputs/matrix_table.hpp"
#include "core/inputs/patch_source.hpp"
#include "tests/core/data/files.hpp"
#include "tests/core/inputs/input_distributions.hpp"
#include "tests/skip.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace patches_test {

std::vector<Index> numbers(Index count) {
  std::vector<Index> list;
  for (Index i = 0; i < count; ++i) list.push_back(i);
  return list;
}

Matrix<double> all_columns(const InputSource& source, Index samples, Index width) {
  Matrix<double> x(samples, width);
  source.columns(0, width, x.data());
  return x;
}

TEST_CASE("floor(retain L + 1) patches of an image are kept, all for retain = 1") {
  const PatchGeometry geometry({1, 5, 5}, 1, 1, 0, 1);  // L = 25
  for (const auto& [retain, kept] : std::vector<std::pair<double, Index>>{
           {0.001, 1}, {0.04, 2}, {0.25, 7}, {0.5, 13}, {0.99, 25}, {std::nextafter(1.0, 0.0), 25}, {1.0, 25}})
    CHECK(PatchSettings{.retain = retain}.kept(geometry) == kept);
}

TEST_CASE("rows are ordered by image; fewer samples are the first ones; an image's draws depend on its number only") {
  const PatchGeometry geometry({1, 5, 5}, 1, 1, 0, 1);
  for (const bool replacement : {true, false})
    for (const double retain : {0.25, 1.0}) {
      const PatchSettings settings{.retain = retain, .replacement = replacement};
      const Index kept = settings.kept(geometry);
      const auto rows = draw_patch_rows(settings, geometry, Stream("p"), {4, 2, 9}, 3 * kept);
      REQUIRE(rows.size() == static_cast<std::size_t>(3 * kept));
      for (std::size_t i = 0; i < rows.size(); ++i)
        CHECK(rows[i].image == std::vector<Index>{4, 2, 9}[i / static_cast<std::size_t>(kept)]);
      const auto fewer = draw_patch_rows(settings, geometry, Stream("p"), {4, 2}, kept + 3);
      CHECK(std::equal(fewer.begin(), fewer.end(), rows.begin()));
      const auto of_others = draw_patch_rows(settings, geometry, Stream("p"), {7, 8, 1}, 3 * kept);
      for (std::size_t i = 0; i < rows.size(); ++i) CHECK(of_others[i].patch == rows[i].patch);
      for (Index image = 0; image < 3; ++image) {
        std::set<Index> different;
        for (Index i = 0; i < kept; ++i) different.insert(rows[static_cast<std::size_t>(image * kept + i)].patch);
        CHECK(*different.begin() >= 0);
        CHECK(*different.rbegin() < 25);
        if (!replacement) CHECK(static_cast<Index>(different.size()) == kept);
        // 25 draws of 25 are all different with probability 25! / 25^25 = 1.7e-10.
        if (replacement && retain == 1) CHECK(different.size() < 25);
      }
    }
  const PatchSettings whole{.retain = 1, .replacement = false};
  CHECK(!whole.random());
  const auto undrawn = draw_patch_rows(whole, geometry, Stream("p"), {3}, 25);
  for (Index i = 0; i < 25; ++i) CHECK(undrawn[static_cast<std::size_t>(i)] == PatchRow{3, i});
}

TEST_CASE("every patch is equally likely, with replacement and without") {
  // Pearson's statistic; without replacement counts vary less, so a false alarm has a probability of at most 1e-9.
  const PatchGeometry geometry({1, 3, 4}, 1, 1, 0, 1);
  for (const bool replacement : {true, false}) {
    const PatchSettings settings{.retain = 0.25, .replacement = replacement};
    const Index images = 6000;
    const Index samples = images * settings.kept(geometry);
    std::vector<double> counts(12);
    for (const PatchRow& row : draw_patch_rows(settings, geometry, Stream("even"), numbers(images), samples))
      ++counts[static_cast<std::size_t>(row.patch)];
    const double expected = static_cast<double>(samples) / 12;
    double statistic = 0;
    for (const double count : counts) statistic += (count - expected) * (count - expected) / expected;
    CHECK(statistic <= quantile(complement(boost::math::chi_squared(11), 1e-9)));
  }
}

TEST_CASE("patches: pixels by feature and group, from the images that the stream gives") {
  const auto given = [](std::int64_t groups, std::int64_t group) {
    return std::map<std::string, Value>{{"image.channels", std::int64_t{4}},
                                        {"image.height", std::int64_t{6}},
                                        {"image.width", std::int64_t{7}},
                                        {"kernel", std::int64_t{3}},
                                        {"stride", std::int64_t{2}},
                                        {"padding", std::int64_t{1}},
                                        {"retain", 1.0},
                                        {"replacement", false},
                                        {"groups", groups},
                                        {"group", group},
                                        {"sigma", 0.5}};
  };
  const PatchGeometry geometry({4, 6, 7}, 3, 2, 1, 1);
  const Index all = geometry.patches();
  REQUIRE(all == 3 * 4);
  const auto law = make_inputs("patches", given(1, 0));
  CHECK(law->fixed_width() == 36);
  CHECK(law->random(5));
  CHECK(!law->available_samples());
  const Index samples = 2 * all + 5;
  const Matrix<double> x = draw_inputs(*law, "k", samples, 36);
  for (Index row = 0; row < samples; ++row)
    for (Index feature = 0; feature < 36; ++feature) {
      double expected = 0;
      if (const auto pixel = geometry.pixel(row % all, feature)) {
        Stream("k/inputs/patches").normals(*pixel, row / all, 1, &expected);
        expected *= 0.5;
      }
      REQUIRE(x(row, feature) == expected);
    }
  CHECK(draw_inputs_in_blocks(*law, "k", samples, 36) == x);
  CHECK(draw_inputs(*law, "k", 7, 36) == x.topRows(7));
  CHECK(draw_inputs(*law, "l", samples, 36) != x);
  const auto second = make_inputs("patches", given(2, 1));
  CHECK(second->fixed_width() == 18);
  CHECK(draw_inputs(*second, "k", samples, 18) == x.rightCols(18));
  CHECK_THROWS_AS(law->open("k", 3, 35), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("patches", given(3, 0)), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("patches", given(2, 2)), std::invalid_argument);
}

TEST_CASE("patches: standard values are those of the source: stride = kernel, a quarter kept, with replacement") {
  const auto law = make_inputs("patches", {{"kernel", std::int64_t{4}}});
  CHECK(law->fixed_width() == 48);
  const auto spelled = make_inputs("patches", {{"kernel", std::int64_t{4}},
                                               {"stride", std::int64_t{4}},
                                               {"retain", 0.25},
                                               {"replacement", true},
                                               {"padding", std::int64_t{0}},
                                               {"dilation", std::int64_t{1}}});
  const Matrix<double> x = draw_inputs(*law, "k", 40, 48);
  CHECK(draw_inputs(*spelled, "k", 40, 48) == x);
  CHECK(draw_inputs_in_blocks(*law, "k", 40, 48) == x);
  CHECK(draw_inputs(*law, "k", 17, 48) == x.topRows(17));
  CHECK(may_have_law(entries(draw_inputs(*law, "law", 17, 48)), [](double v) { return normal_distribution(v, 1); }));
  const std::map<std::string, Value> by_word = {
      {"kernel", std::int64_t{4}}, {"stride", std::string("conv")}, {"conv_stride", std::int64_t{2}}};
  const std::map<std::string, Value> by_number = {{"kernel", std::int64_t{4}}, {"stride", std::int64_t{2}}};
  CHECK(draw_inputs(*make_inputs("patches", by_word), "k", 300, 48) ==
        draw_inputs(*make_inputs("patches", by_number), "k", 300, 48));
  CHECK_THROWS_AS(make_inputs("patches"), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("patches", {{"kernel", std::int64_t{33}}}), std::invalid_argument);
  CHECK(!law->column_law().independent);
}

TEST_CASE("a data set with a kernel gives patches of its images") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  Bytes bytes;
  for (std::size_t i = 0; i < 4 * 3073; ++i)
    bytes.push_back(static_cast<std::uint8_t>(i % 3073 == 0 ? 0 : (i * 37 + i / 3073) % 256));
  create_directories(folder / "cifar10");
  write_bytes(folder / "cifar10/test_batch.bin", bytes);
  const std::map<std::string, Value> given = {{"split", std::string("test")},
                                              {"kernel", std::int64_t{5}},
                                              {"padding", std::int64_t{2}},
                                              {"retain", 1.0},
                                              {"replacement", false}};
  const auto law = make_inputs("cifar10", given);
  const PatchGeometry geometry({3, 32, 32}, 5, 5, 2, 1);
  const Index all = geometry.patches();
  REQUIRE(all == 49);
  CHECK(law->fixed_width() == 75);
  CHECK(law->available_samples() == 4 * all);
  CHECK(!law->random(4 * all));
  CHECK(law->random(4 * all - 1));
  CHECK(law->files() == std::vector{folder / "cifar10/test_batch.bin"});
  const Matrix<double> x = draw_inputs(*law, "k", 4 * all, 75);
  for (Index row = 0; row < 4 * all; ++row)
    for (Index feature = 0; feature < 75; ++feature) {
      const auto pixel = geometry.pixel(row % all, feature);
      const double expected = pixel ? bytes[static_cast<std::size_t>(row / all * 3073 + 1 + *pixel)] / 255.0 : 0.0;
      REQUIRE(x(row, feature) == expected);
    }
  CHECK(draw_inputs_in_blocks(*law, "k", 4 * all, 75) == x);
  // Fewer rows: whole images, drawn without replacement, then the first patches of the last one.
  const Matrix<double> fewer = draw_inputs(*law, "k", 2 * all + 3, 75);
  for (Index image = 0; image < 2; ++image) {
    int seen = 0;
    for (Index other = 0; other < 4; ++other)
      seen += fewer.middleRows(image * all, all) == x.middleRows(other * all, all) ? 1 : 0;
    CHECK(seen == 1);
  }
  CHECK_THROWS_WITH_AS(law->open("k", 4 * all + 1, 75),
                       "samples must be at most 196, 49 patches of each of the 4 images of cifar10, not 197",
                       std::invalid_argument);
  CHECK_THROWS_AS(law->open("k", 1, 74), std::invalid_argument);
  auto without = given;
  without.erase("kernel");
  CHECK(contains(refusal<std::invalid_argument>([&] { make_inputs("cifar10", without); }), "it needs kernel"));
  auto features = given;
  features["features"] = std::string("first");
  CHECK_THROWS_AS(make_inputs("cifar10", features), std::invalid_argument);
  // Without a kernel nothing about patches stands among the parameters, so that configs without are not changed.
  const InputEntry* entry = Registry<InputEntry>::instance().find("cifar10");
  CHECK(Parameters(entry->description.parameters, {}).values().size() == 2);
}

TEST_CASE("the patches of the reference implementation, entry by entry") {
  const std::filesystem::path folder = std::filesystem::path(PATHQUANT_SHARED_DIR) / "parity";
  if (!exists(folder / "u1_X.npy")) return pathquant::testing::skip("the reference files are not here");
  // Arrays of any shape, flat.
  const auto read = [&]<class T>(const char* name, T) {
    const Bytes bytes = read_bytes(folder / name);
    const NpyHeader header = parse_npy_header(bytes, name);
    std::vector<T> values((bytes.size() - header.offset) / sizeof(T));
    std::memcpy(values.data(), bytes.data() + header.offset, values.size() * sizeof(T));
    return values;
  };
  const PatchSettings settings{.kernel = 3, .stride = 3, .padding = 1, .retain = 0.25};
  const PatchGeometry geometry = settings.geometry({4, 13, 13});
  REQUIRE(geometry.patches() == 25);
  CHECK(settings.kept(geometry) == 7);
  const auto indices = read("u1_rand_indices.npy", std::int64_t{});
  REQUIRE(indices.size() == 21);
  std::vector<PatchRow> rows;
  for (const std::int64_t index : indices) rows.push_back({index / 25, index % 25});
  std::vector<PatchRow> all;
  for (Index index = 0; index < 75; ++index) all.push_back({index / 25, index % 25});
  const auto patches_of = [&](const char* name, const std::vector<PatchRow>& wanted) {
    const auto pixels = read(name, float{});
    const auto images = std::make_shared<Matrix<double>>(
        Eigen::Map<const RowMatrix<float>>(pixels.data(), 3, 4 * 13 * 13).cast<double>());
    const auto source = patch_source(settings, geometry, std::make_shared<MatrixTable>(images), wanted);
    return all_columns(*source, static_cast<Index>(wanted.size()), 36);
  };
  const auto expected = [&](const char* name, Index count) -> Matrix<double> {
    const auto values = read(name, float{});
    REQUIRE(values.size() == static_cast<std::size_t>(count * 36));
    return Eigen::Map<const RowMatrix<float>>(values.data(), count, 36).cast<double>();
  };
  CHECK(patches_of("u1_img.npy", all) == expected("u1_unfold_all.npy", 75));
  CHECK(patches_of("u1_img.npy", rows) == expected("u1_X.npy", 21));
  CHECK(patches_of("u1_img_tilde.npy", rows) == expected("u1_Xtilde.npy", 21));
}

}  // namespace patches_test
