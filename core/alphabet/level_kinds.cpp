#include "core/alphabet/level_kinds.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "core/alphabet/data_levels.hpp"
#include "core/alphabet/distribution_levels.hpp"
#include "core/alphabet/level_sets.hpp"

namespace pathquant {
namespace {

void refuse_if(bool wrong, const std::string& rule) {
  if (wrong) throw std::invalid_argument(rule);
}

// Which parameter goes with which kind, and whether the kind needs it.
struct Belongs {
  const char* parameter;
  const char* kind;
  bool needed;
};
constexpr std::array belongings = {
    Belongs{"alphabet.values", "list", true},      Belongs{"alphabet.exponents", "powers_of_two", true},
    Belongs{"alphabet.exponents", "n_hot", true},  Belongs{"alphabet.digits", "n_hot", true},
    Belongs{"alphabet.add_only", "n_hot", false},  Belongs{"alphabet.lowest", "integers", true},
    Belongs{"alphabet.highest", "integers", true},
};

bool is_kind(const Parameters& parameters, const char* kind) {
  return parameters.is("alphabet.kind", kind);
}

}  // namespace

const ParameterTable& level_kind_parameters() {
  static const ParameterTable table = {
      list("alphabet.values", "the levels of a list in units of the step, at least two: '-1, -0.5, 0.5, 1'"),
      integer("alphabet.exponents", "of powers_of_two and n_hot: how many powers 1, 2, 4, .. there are")
          .at_least(1)
          .at_most(30),
      integer("alphabet.digits", "of n_hot: how many powers of two a level may add or subtract")
          .at_least(1)
          .at_most(16),
      boolean("alphabet.add_only", "of n_hot: all digits of a level have one sign"),
      integer("alphabet.lowest", "of integers: the least one").at_least(-65536).at_most(65536),
      integer("alphabet.highest", "of integers: the greatest one").at_least(-65536).at_most(65536),
      word("alphabet.law", {"gaussian", "laplace", "uniform", "student_t"},
           "the distribution for which lloyd_max levels, or the step of radius.rule sigma, are optimal; by default the "
           "layer's own weights for lloyd_max and gaussian for sigma"),
      real("alphabet.degrees", "degrees of freedom of alphabet.law student_t").above(2).at_most(1e6),
  };
  return table;
}

void check_level_kind(const Parameters& parameters) {
  for (const auto& [parameter, kind, needed] : belongings)
    refuse_if(is_kind(parameters, kind) && needed && !parameters.has(parameter),
              fmt::format("alphabet.kind {} needs {}", kind, parameter));
  for (const auto& [parameter, kind, needed] : belongings) {
    if (!parameters.has(parameter)) continue;
    bool goes = false;
    for (const Belongs& other : belongings)
      goes = goes || (std::string(other.parameter) == parameter && is_kind(parameters, other.kind));
    refuse_if(!goes, fmt::format("{} goes with alphabet.kind {}", parameter, kind));
  }
  refuse_if(is_kind(parameters, "n_hot") && parameters.integer("alphabet.exponents") > 16,
            "alphabet.kind n_hot has at most 16 exponents");
  if (is_kind(parameters, "list"))
    refuse_if(parameters.list("alphabet.values").size() < 2, "alphabet.values: an alphabet has at least two levels");
}

bool is_list_kind(const Parameters& parameters) {
  if (!parameters.has("alphabet.kind")) return false;
  return !is_kind(parameters, "midtread") && !is_kind(parameters, "midrise") && !is_kind(parameters, "nested");
}

std::optional<ScalarDistribution> law_of(const Parameters& parameters) {
  const bool student = parameters.is("alphabet.law", "student_t");
  refuse_if(student != parameters.has("alphabet.degrees"),
            "alphabet.degrees goes with alphabet.law student_t, which needs it");
  if (student) return ScalarDistribution::student_t(parameters.real("alphabet.degrees"));
  if (parameters.is("alphabet.law", "gaussian")) return ScalarDistribution::gaussian();
  if (parameters.is("alphabet.law", "laplace")) return ScalarDistribution::laplace();
  if (parameters.is("alphabet.law", "uniform")) return ScalarDistribution::uniform();
  return std::nullopt;
}

std::vector<double> listed_levels(const Parameters& parameters, std::int64_t count) {
  if (is_kind(parameters, "list")) return parameters.list("alphabet.values");
  if (is_kind(parameters, "integers"))
    return integer_levels(parameters.integer("alphabet.lowest"), parameters.integer("alphabet.highest"));
  if (is_kind(parameters, "asymmetric")) return integer_levels(0, count - 1);
  if (is_kind(parameters, "lloyd_max")) {
    const auto law = law_of(parameters);
    return law ? lloyd_max(*law, count).levels : std::vector<double>{};
  }
  const auto exponents = static_cast<int>(parameters.integer("alphabet.exponents"));
  if (is_kind(parameters, "powers_of_two")) return power_of_two_levels(exponents);
  const bool add_only = parameters.has("alphabet.add_only") && parameters.boolean("alphabet.add_only");
  return n_hot_levels(static_cast<int>(parameters.integer("alphabet.digits")), exponents, add_only);
}

std::vector<double> levels_for_weights(const RowMatrix<double>& weights, const Alphabet& alphabet, std::int64_t count) {
  std::vector<double> numbers;
  std::vector<double> counts;
  numbers.reserve(static_cast<std::size_t>(weights.size()));
  counts.reserve(static_cast<std::size_t>(weights.size()));
  for (Index t = 0; t < weights.rows(); ++t)
    for (Index j = 0; j < weights.cols(); ++j) {
      const double step = alphabet.step(t, j);
      numbers.push_back(weights(t, j) / step);
      counts.push_back(step * step);
    }
  std::vector<double> levels = best_levels(numbers, count, counts);
  if (levels.size() < 2)
    throw std::domain_error("alphabet.kind lloyd_max: all weights are equal, and an alphabet has at least two levels");
  return levels;
}

}  // namespace pathquant
