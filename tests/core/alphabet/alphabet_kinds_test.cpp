// Tests of the alphabet kinds other than equispaced ones and lists, from the parameters to Q.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/alphabet/distribution_levels.hpp"
#include "core/alphabet/level_sets.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace alphabet_kinds_test {

using Given = std::map<std::string, Value>;
const ExecutionContext never;
const Stream draws("kinds/decision");

Value whole(std::int64_t value) {
  return value;
}

struct Chosen {
  std::unique_ptr<Quantizer> quantizer;
  AlphabetRule rule;
};

Chosen choose(const std::string& name, const Given& given) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  const Parameters parameters(entry.description.parameters, given);
  Chosen chosen{entry.make(parameters), AlphabetRule(parameters)};
  check_levels_rule(chosen.rule, chosen.quantizer->traits());
  return chosen;
}

template <class S>
Alphabet alphabet_of(const LayerProblem<S>& problem, const Given& given, const std::string& name = "msq") {
  const Chosen chosen = choose(name, given);
  return layer_alphabet(chosen.rule, *chosen.quantizer, problem, never);
}

template <class S>
QuantizedLayer<S> quantize(const LayerProblem<S>& problem, const Given& given, const std::string& name = "msq") {
  const Chosen chosen = choose(name, given);
  return chosen.quantizer->quantize(problem, layer_alphabet(chosen.rule, *chosen.quantizer, problem, never), draws,
                                    never);
}

RowMatrix<double> normal_weights(Index width, Index neurons, double deviation = 1) {
  RowMatrix<double> weights(width, neurons);
  const Stream stream("kinds/weights");
  for (Index t = 0; t < width; ++t) stream.normals(t, 0, neurons, weights.row(t).data());
  return deviation * weights;
}

double error_of(const RowMatrix<double>& weights, const Given& given) {
  return (weights - quantize(LayerProblem<double>(weights), given).weights).squaredNorm();
}

Given with(Given given, const Given& more) {
  for (const auto& [name, value] : more) given[name] = value;
  return given;
}

TEST_CASE("Lloyd-Max levels and the sigma rule for a law scale with the weights' deviation") {
  const RowMatrix<double> weights = normal_weights(400, 50, 3);
  const double sigma = std::sqrt(weights.squaredNorm() / 20000);
  for (const std::int64_t levels : {2, 3, 4, 7}) {
    const Given given = {{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", levels}, {"alphabet.law", "gaussian"}};
    const Alphabet alphabet = alphabet_of(LayerProblem<double>(weights), given);
    const DistributionLevels best = lloyd_max(ScalarDistribution::gaussian(), levels);
    CHECK(alphabet.values == best.levels);
    CHECK(alphabet.steps(7) == doctest::Approx(sigma).epsilon(1e-14).scale(0));
    CHECK(alphabet.levels() == levels);
    // 20000 squared errors have a relative standard error of about 1 %.
    CHECK(error_of(weights, given) / weights.squaredNorm() == doctest::Approx(best.error).epsilon(0.05).scale(0));
  }
  for (const auto& [kind, name, levels] : {std::tuple{AlphabetKind::midtread, "midtread", std::int64_t{7}},
                                           std::tuple{AlphabetKind::midrise, "midrise", std::int64_t{4}}}) {
    const Given given = {{"alphabet.kind", name}, {"alphabet.levels", levels}, {"alphabet.radius.rule", "sigma"}};
    const DistributionStep best = best_uniform_step(ScalarDistribution::gaussian(), kind, levels / 2);
    CHECK(alphabet_of(LayerProblem<double>(weights), given).steps(0) ==
          doctest::Approx(best.step * sigma).epsilon(1e-14).scale(0));
    CHECK(error_of(weights, given) / weights.squaredNorm() == doctest::Approx(best.error).epsilon(0.05).scale(0));
    const Given laplace = with(given, {{"alphabet.law", "laplace"}, {"alphabet.radius.scale", 0.5}});
    CHECK(alphabet_of(LayerProblem<double>(weights), laplace).steps(0) ==
          doctest::Approx(0.5 * sigma * best_uniform_step(ScalarDistribution::laplace(), kind, levels / 2).step)
              .epsilon(1e-14)
              .scale(0));
  }
  const Given release = {{"alphabet.kind", "midrise"},
                         {"alphabet.bits", 2.0},
                         {"alphabet.radius.rule", "sigma"},
                         {"alphabet.radius.index", "release"}};
  CHECK(alphabet_of(LayerProblem<double>(weights), release).steps(0) ==
        doctest::Approx(best_uniform_step(ScalarDistribution::gaussian(), AlphabetKind::midrise, 1).step * sigma));
}

TEST_CASE("Lloyd-Max levels for the weights themselves are not improved by any other level or scale") {
  RowMatrix<double> weights = normal_weights(60, 5).array().cube().matrix();
  weights.col(2) *= 10;
  for (const char* granularity : {"layer", "neuron"}) {
    const Given given = {
        {"alphabet.kind", "lloyd_max"}, {"alphabet.levels", whole(5)}, {"alphabet.granularity", granularity}};
    const LayerProblem<double> problem(weights);
    const Alphabet best = alphabet_of(problem, given);
    CHECK(best.values.size() == 5);
    CHECK(best.listed == 4);
    const auto msq = choose("msq", given).quantizer;
    const auto error = [&](const Alphabet& alphabet) {
      return (weights - msq->quantize(problem, alphabet, draws, never).weights).squaredNorm();
    };
    for (std::size_t i = 0; i < 5; ++i)
      for (const double change : {-0.02, 0.02}) {
        Alphabet other = best;
        other.values[i] += change;
        CHECK(error(best) < error(other));
      }
  }
  // In two dimensions of choice less than the best of equispaced levels, and than a law's.
  const double own = error_of(weights, {{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", whole(5)}});
  CHECK(own < error_of(weights, {{"alphabet.levels", whole(5)}, {"alphabet.radius.rule", "mse"}}));
  CHECK(own < error_of(weights, {{"alphabet.kind", "lloyd_max"},
                                 {"alphabet.levels", whole(5)},
                                 {"alphabet.law", "student_t"},
                                 {"alphabet.degrees", 3.0}}));
  CHECK_THROWS_AS(error_of(RowMatrix<double>::Ones(4, 2), {{"alphabet.kind", "lloyd_max"}, {"alphabet.bits", 2.0}}),
                  std::domain_error);
}

TEST_CASE("Sets of powers of two and of integers are lists, scaled by a step, a radius or the least error") {
  const LayerProblem<double> problem(normal_weights(40, 3));
  const double largest = problem.weights().cwiseAbs().maxCoeff();
  const Given powers = {{"alphabet.kind", "powers_of_two"}, {"alphabet.exponents", whole(4)}};
  const Given hot = {{"alphabet.kind", "n_hot"}, {"alphabet.exponents", whole(4)}, {"alphabet.digits", whole(2)}};
  const Given integers = {
      {"alphabet.kind", "integers"}, {"alphabet.lowest", whole(-8)}, {"alphabet.highest", whole(7)}};
  CHECK(alphabet_of(problem, powers).values == power_of_two_levels(4));
  CHECK(alphabet_of(problem, powers).steps(1) == 1);
  CHECK(alphabet_of(problem, hot).values == n_hot_levels(2, 4));
  CHECK(alphabet_of(problem, with(hot, {{"alphabet.add_only", true}})).values == n_hot_levels(2, 4, true));
  CHECK(alphabet_of(problem, integers).values == integer_levels(-8, 7));
  CHECK(alphabet_of(problem, with(hot, {{"alphabet.radius.rule", "absmax"}})).steps(0) ==
        doctest::Approx(largest / 12).epsilon(1e-15).scale(0));
  // More digits are a finer set; the same numbers of the middle of a set of integers are an equispaced alphabet.
  const Given best = {{"alphabet.radius.rule", "mse"}};
  CHECK(error_of(problem.weights(), with(hot, best)) < error_of(problem.weights(), with(powers, best)));
  const RowMatrix<double> q = quantize(problem, with(integers, {{"alphabet.step", 0.5}})).weights;
  CHECK(q == quantize(problem, {{"alphabet.levels", whole(15)}, {"alphabet.step", 0.5}}).weights);
}

TEST_CASE("Nested grids have 2^b - 1 levels, and each grid's are levels of the finer ones") {
  const LayerProblem<double> problem(normal_weights(30, 4));
  const double largest = problem.weights().cwiseAbs().maxCoeff();
  double coarser = 0;
  for (const double bits : {2.0, 4.0, 8.0}) {
    const Given given = {{"alphabet.kind", "nested"}, {"alphabet.bits", bits}, {"alphabet.radius.rule", "absmax"}};
    const Alphabet alphabet = alphabet_of(problem, given);
    CHECK(alphabet.levels() == std::llround(std::exp2(bits)) - 1);
    CHECK(alphabet.steps(0) == doctest::Approx(2 * largest / (std::exp2(bits) - 1)).epsilon(1e-15).scale(0));
    if (coarser > 0)
      CHECK(std::abs(std::remainder(coarser / alphabet.steps(0), 2.0)) == doctest::Approx(1).epsilon(1e-12).scale(0));
    coarser = alphabet.steps(0);
    // Nothing lies beyond the last threshold: (K + 1/2) step is the range.
    CHECK((quantize(problem, given).weights - problem.weights()).cwiseAbs().maxCoeff() <=
          alphabet.steps(0) / 2 * (1 + 1e-12));
  }
}

TEST_CASE_TEMPLATE("An asymmetric alphabet reaches from the least to the greatest weight of its block, with 0 in it", S,
                   float, double) {
  RowMatrix<double> weights = (normal_weights(20, 4).array() + 0.7).matrix();
  weights.col(1) = weights.col(1).cwiseAbs();
  weights(3, 0) = weights(4, 1) = 0;
  const LayerProblem<S> problem(RowMatrix<S>(weights.cast<S>()));
  for (const Given& granularity :
       std::vector<Given>{{},
                          {{"alphabet.granularity", "neuron"}},
                          {{"alphabet.granularity", "group"}, {"alphabet.group", whole(7)}}}) {
    const Given given = with({{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 3.0}}, granularity);
    const Alphabet alphabet = alphabet_of(problem, given);
    const RowMatrix<S> q = quantize(problem, given).weights;
    CHECK(q(3, 0) == 0);
    CHECK(q(4, 1) == 0);
    for (Index t = 0; t < 20; ++t)
      for (Index j = 0; j < 4; ++j) {
        const double code = static_cast<double>(q(t, j)) / alphabet.step(t, j) + alphabet.zero(t, j);
        CHECK(code == doctest::Approx(std::round(code)).epsilon(1e-5));
        CHECK(std::round(code) >= 0);
        CHECK(std::round(code) <= 7);
        CHECK(std::abs(static_cast<double>(q(t, j)) - weights(t, j)) <= alphabet.step(t, j) * 1.0001);
      }
  }
  // The range of a neuron of one sign is not spent on the other.
  const Alphabet by_neuron = alphabet_of(
      problem, {{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 3.0}, {"alphabet.granularity", "neuron"}});
  CHECK(by_neuron.zeros(0, 1) == 0);
  CHECK(by_neuron.steps(1) == doctest::Approx(weights.col(1).maxCoeff() / 7).epsilon(1e-6).scale(0));
  CHECK(by_neuron.stored_numbers() == 8);
}

TEST_CASE_TEMPLATE("Groups are quantized like neurons of their own", S, float, double) {
  const LayerProblem<S> problem(RowMatrix<S>(normal_weights(10, 3).cast<S>()));
  const Given rule = {{"alphabet.levels", whole(5)}, {"alphabet.radius.rule", "absmax"}};
  const Given grouped = with(rule, {{"alphabet.granularity", "group"}, {"alphabet.group", whole(4)}});
  const RowMatrix<S> q = quantize(problem, grouped).weights;
  const Alphabet alphabet = alphabet_of(problem, grouped);
  CHECK(alphabet.stored_numbers() == 9);
  for (const auto& [first, count] : {std::pair<Index, Index>{0, 4}, {4, 4}, {8, 2}}) {
    const LayerProblem<S> part(RowMatrix<S>(problem.weights().middleRows(first, count)));
    CHECK(q.middleRows(first, count) == quantize(part, with(rule, {{"alphabet.granularity", "neuron"}})).weights);
  }
  // One group as long as a neuron is the neuron.
  CHECK(quantize(problem, with(grouped, {{"alphabet.group", whole(99)}})).weights ==
        quantize(problem, with(rule, {{"alphabet.granularity", "neuron"}})).weights);
}

TEST_CASE_TEMPLATE("Path following takes every kind and granularity, in any order, and follows its own levels", S,
                   float, double) {
  const LayerProblem<double> wide = zoo::gaussian_layer("kinds", {12, 50, 5});
  const LayerProblem<S> problem = zoo::cast<S>(wide);
  const std::vector<Given> kinds = {
      {{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", whole(4)}},
      {{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", whole(4)}, {"alphabet.law", "uniform"}},
      {{"alphabet.kind", "n_hot"},
       {"alphabet.exponents", whole(3)},
       {"alphabet.digits", whole(2)},
       {"alphabet.radius.rule", "absmax"}},
      {{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 4.0}},
      {{"alphabet.levels", whole(9)}, {"alphabet.radius.rule", "mse"}},
      {{"alphabet.kind", "midrise"}, {"alphabet.bits", 3.0}, {"alphabet.radius.rule", "sigma"}},
  };
  for (const char* name : {"msq", "gpfq", "spfq"})
    for (const Given& kind : kinds)
      for (const char* granularity : {"layer", "neuron", "group"}) {
        Given given = with(kind, {{"alphabet.granularity", granularity}});
        if (given.at("alphabet.granularity") == Value("group")) given["alphabet.group"] = whole(16);
        if (std::string(name) != "msq") given["order"] = "decreasing_norm";
        const Alphabet alphabet = alphabet_of(problem, given, name);
        const RowMatrix<S> q = quantize(problem, given, name).weights;
        CAPTURE(name);
        for (Index t = 0; t < q.rows(); ++t)
          for (Index j = 0; j < q.cols(); ++j) {
            const double z = static_cast<double>(q(t, j)) / alphabet.step(t, j) + alphabet.zero(t, j);
            double nearest = 1;
            if (alphabet.kind == AlphabetKind::list)
              for (const double value : alphabet.values) nearest = std::min(nearest, std::abs(z - value));
            else
              nearest = std::abs(std::remainder(z - (alphabet.kind == AlphabetKind::midrise ? 0.5 : 0), 1.0));
            CHECK(nearest < 1e-5);
          }
      }
}

TEST_CASE("On orthogonal columns following a path with groups or zero points is rounding") {
  const LayerProblem<double> problem(Matrix<double>(Matrix<double>::Identity(24, 24)), std::nullopt,
                                     normal_weights(24, 3));
  for (const Given& given : std::vector<Given>{
           {{"alphabet.levels", whole(5)},
            {"alphabet.radius.rule", "rms"},
            {"alphabet.group", whole(5)},
            {"alphabet.granularity", "group"}},
           {{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 2.0}, {"alphabet.granularity", "neuron"}}})
    CHECK(quantize(problem, given, "gpfq").weights == quantize(problem, given, "msq").weights);
}

TEST_CASE("What does not go together is refused with the rule") {
  const auto refused = [](const Given& given, const char* part, const std::string& name = "msq") {
    std::string text;
    try {
      choose(name, given);
    } catch (const std::invalid_argument& error) {
      text = error.what();
    }
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  const Value three = whole(3);
  refused({{"alphabet.kind", "lloyd_max"}}, "either alphabet.levels or alphabet.bits");
  refused({{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", whole(2000)}}, "at most 1024");
  refused({{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", "infinite"}}, "infinite");
  refused({{"alphabet.kind", "lloyd_max"}, {"alphabet.levels", three}, {"alphabet.radius.rule", "absmax"}},
          "without alphabet.law");
  refused({{"alphabet.levels", three}, {"alphabet.step", 1.0}, {"alphabet.exponents", three}}, "powers_of_two");
  refused({{"alphabet.kind", "powers_of_two"}}, "needs alphabet.exponents");
  refused({{"alphabet.kind", "n_hot"}, {"alphabet.exponents", three}}, "needs alphabet.digits");
  refused({{"alphabet.kind", "integers"}, {"alphabet.lowest", three}}, "needs alphabet.highest");
  refused({{"alphabet.kind", "integers"}, {"alphabet.lowest", three}, {"alphabet.highest", three}}, "lowest < highest");
  refused({{"alphabet.kind", "powers_of_two"}, {"alphabet.exponents", three}, {"alphabet.bits", 2.0}},
          "leave out levels and bits");
  refused({{"alphabet.kind", "powers_of_two"}, {"alphabet.exponents", three}, {"alphabet.radius.rule", "sigma"}},
          "take rule mse");
  refused({{"alphabet.kind", "nested"}, {"alphabet.bits", 3.0}, {"alphabet.step", 1.0}}, "2, 4, 8 or 16");
  refused({{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 2.5}}, "whole number");
  refused({{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 2.0}, {"alphabet.step", 1.0}}, "leave out alphabet.step");
  refused({{"alphabet.kind", "asymmetric"}, {"alphabet.bits", 2.0}, {"alphabet.radius.rule", "rms"}},
          "leave out alphabet.radius.rule");
  refused({{"alphabet.levels", three}, {"alphabet.radius.rule", "absmax"}, {"alphabet.granularity", "group"}},
          "go together");
  refused({{"alphabet.levels", three}, {"alphabet.step", 1.0}, {"alphabet.law", "laplace"}}, "alphabet.law goes with");
  refused({{"alphabet.levels", three}, {"alphabet.radius.rule", "sigma"}, {"alphabet.law", "student_t"}},
          "alphabet.degrees");
  refused({{"alphabet.levels", three}, {"alphabet.radius.rule", "sigma"}, {"alphabet.radius.index", "release"}},
          "midrise");
  refused({{"alphabet.kind", "nested"}, {"alphabet.bits", 2.0}, {"alphabet.convention", "zhang-zhou-saab"}},
          "midtread");
}

}  // namespace alphabet_kinds_test
