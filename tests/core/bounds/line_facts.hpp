// Facts of a made-up layer, with a different value for every fact, and helpers that evaluate a bound.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "core/bounds/shared/bound.hpp"

namespace pathquant::testing {

inline const BoundEntry& line(const std::string& name) {
  const BoundEntry* entry = Registry<BoundEntry>::instance().find(name);
  REQUIRE(entry != nullptr);
  return *entry;
}

inline double value(const std::string& name, const LayerFacts& facts, double eta) {
  const BoundValue answer = line(name).evaluate(facts, eta);
  REQUIRE(std::holds_alternative<double>(answer));
  return std::get<double>(answer);
}

/// Why the line does not apply; empty when it does.
inline std::string reason(const std::string& name, const LayerFacts& facts) {
  const BoundValue answer = line(name).evaluate(facts, 0.01);
  const auto* refusal = std::get_if<NotApplicable>(&answer);
  return refusal == nullptr ? "" : refusal->reason;
}

inline bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// m = 7, N = 19, steps .5, .2, .9 (squares .25 + .04 + .81 = 1.1), 15 levels, no mismatch, nothing clipped.
inline LayerFacts made_up() {
  LayerFacts facts;
  facts.shape = {7, 19, 3};
  facts.quantizer = {.path_following = true};
  facts.alphabet.steps = Vector(3);
  facts.alphabet.steps << 0.5, 0.2, 0.9;
  facts.alphabet.half_levels = 7;
  facts.statistics.input_energy = 31.0;
  facts.statistics.largest_norm = 2.3;
  facts.statistics.largest_weights = Vector::Constant(3, 1.0);
  facts.statistics.path =
      PathCovariance{.trace = 11.0, .trace_square = 29.0, .norm = 4.1, .max_diagonal = 3.7, .sum_norms = 13.0};
  return facts;
}

inline LayerFacts made_up_gaussian(double sigma) {
  LayerFacts facts = made_up();
  facts.columns.independent = true;
  facts.columns.gaussian_sigma = sigma;
  return facts;
}

inline LayerFacts made_up_ball(double radius) {
  LayerFacts facts = made_up();
  facts.columns.independent = true;
  facts.columns.ball_radius = radius;
  return facts;
}

/// Independent columns of exchangeable sign-symmetric entries, |x_i| <= 1.5, E x_i^2 = .8.
inline LayerFacts made_up_symmetric() {
  LayerFacts facts = made_up();
  facts.columns.independent = facts.columns.symmetric = true;
  facts.columns.entry_bound = 1.5;
  facts.columns.entry_second_moment = 0.8;
  return facts;
}

inline LayerFacts thresholded(LayerFacts facts, Rounding rounding, double threshold) {
  facts.quantizer.rounding = rounding;
  facts.quantizer.threshold = threshold;
  return facts;
}

/// Levels -1, 0, 1, 2.5 steps: largest gap 1.5.
inline LayerFacts listed(LayerFacts facts) {
  facts.alphabet.kind = AlphabetKind::list;
  facts.alphabet.values = {-1.0, 0.0, 1.0, 2.5};
  facts.alphabet.half_levels.reset();
  return facts;
}

/// X != Xq, with a residual of the alignment and a drift.
inline LayerFacts mismatched(LayerFacts facts) {
  facts.mismatch = true;
  facts.statistics.drift_energy = 5.0;
  facts.statistics.alignment_energy = 2.25;  // root 1.5
  facts.statistics.largest_alignment_norm = 1.25;
  facts.statistics.largest_alignment_entry = 0.75;
  return facts;
}

/// What every line refuses: no X, and no step for each neuron.
inline void check_needs_inputs_and_steps(const std::string& name, LayerFacts facts) {
  CHECK(reason(name, facts).empty());
  LayerFacts without_inputs = facts;
  without_inputs.shape.samples = 0;
  CHECK(says(reason(name, without_inputs), "no X"));
  facts.alphabet.steps.resize(0);
  CHECK(says(reason(name, facts), "uniform alphabet"));
}

inline void check_refuses_clipping(const std::string& name, LayerFacts facts) {
  CHECK(reason(name, facts).empty());
  facts.clipped = 3;
  CHECK(says(reason(name, facts), "3 decisions were clipped"));
}

/// Bounds on the energy that are sum_j rho_j^2 times a number: soft and hard thresholds, and lists of levels.
inline void check_rounding(const std::string& name, const LayerFacts& facts) {
  const double unit = value(name, facts, 0.01) / (0.25 * 0.25 + 0.1 * 0.1 + 0.45 * 0.45);
  const auto rho = [&](double a, double b, double c) { return doctest::Approx(unit * (a * a + b * b + c * c)); };
  CHECK(value(name, thresholded(facts, Rounding::soft, 0.3), 0.01) == rho(0.55, 0.4, 0.75));
  CHECK(value(name, thresholded(facts, Rounding::hard, 0.3), 0.01) == rho(0.3, 0.3, 0.45));
  CHECK(value(name, listed(facts), 0.01) == rho(0.375, 0.15, 0.675));
  CHECK(says(reason(name, thresholded(listed(facts), Rounding::hard, 0.3)), "hard thresholding"));
  CHECK(says(reason(name, thresholded(facts, Rounding::stochastic, 0.0)), "random"));
  LayerFacts midrise = facts;
  midrise.alphabet.kind = AlphabetKind::midrise;
  CHECK(value(name, midrise, 0.01) == value(name, facts, 0.01));
}

/// What is said of white rounding errors, or of equispaced levels, says nothing of others.
inline void check_refuses_thresholds_and_lists(const std::string& name, const LayerFacts& facts) {
  CHECK(reason(name, facts).empty());
  CHECK(says(reason(name, thresholded(facts, Rounding::soft, 0.3)), "soft thresholding"));
  CHECK(says(reason(name, thresholded(facts, Rounding::hard, 0.3)), "hard thresholding"));
  CHECK(says(reason(name, listed(facts)), "list of levels"));
  LayerFacts midrise = facts;
  midrise.alphabet.kind = AlphabetKind::midrise;
  CHECK(reason(name, midrise).empty());
}

/// What lines about a law of the columns refuse.
inline void check_needs_law(const std::string& name, const LayerFacts& facts) {
  CHECK(reason(name, facts).empty());
  LayerFacts dependent = facts;
  dependent.columns.independent = false;
  CHECK(says(reason(name, dependent), "independent"));
  LayerFacts lawless = facts;
  lawless.columns = ColumnDistribution();
  lawless.columns.independent = true;
  CHECK(says(reason(name, lawless), "Gaussian"));
}

}  // namespace pathquant::testing
