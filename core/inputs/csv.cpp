// CSV inputs: X from a user's CSV file.
#include "core/data/csv_numbers.hpp"
#include "core/data/file_cache.hpp"
#include "core/inputs/matrix_table.hpp"

namespace pathquant {

namespace csv_inputs {

/// Cache of the last 4 files read, for the lifetime of the process.
template <CsvLabel label>
std::shared_ptr<const SampleTable> load(const std::filesystem::path& file) {
  constexpr std::size_t kept_files = 4;
  static FileCache<Matrix<double>> cache(kept_files);
  return std::make_shared<MatrixTable>(
      cache.get(file, [](const std::filesystem::path& path) { return read_csv_numbers(path, label); }));
}

std::unique_ptr<InputDistribution> make(const Parameters& parameters) {
  const std::filesystem::path file = parameters.word("path");
  const bool labelled = parameters.is("label", "last");
  return table_distribution({
      .name = "csv",
      .features = parameters.word("features"),
      .table = [file, labelled] { return labelled ? load<CsvLabel::last>(file) : load<CsvLabel::none>(file); },
      .files = [file] { return std::vector{file}; },
  });
}

const Registered<InputEntry> registered({
    .description =
        {
            .name = "csv",
            .summary = "the rows of a CSV file: numbers separated by commas",
            .formula = "X_it = field t of line row_i, rows drawn without replacement, or all rows in the file's order. "
                       "A first line without a number is a header. Gzip is supported. All numbers must be finite.",
            .hypotheses = "nothing is known about the data, so no bound that needs independent columns applies",
            .source = "the user; RFC 4180 without quotes",
            .parameters = {file("path", "the .csv file: samples x features").required(),
                           word("label", {"none", "last"},
                                "last: the last field of every line is a label and is dropped")
                               .defaults_to(std::string("none")),
                           features_parameter()},
        },
    .dataset = true,
    .make = make,
});

}  // namespace csv_inputs

}  // namespace pathquant
