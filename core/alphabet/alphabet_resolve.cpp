// From the rule of an alphabet and a layer's weights to its levels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/alphabet/level_kinds.hpp"
#include "core/alphabet/level_sets.hpp"
#include "core/alphabet/mse_step.hpp"

namespace pathquant {

Alphabet AlphabetRule::resolve(const RowMatrix<double>& weights) const {
  Alphabet alphabet{Vector(weights.cols()), half_levels_, kind_, values_, ties_to_lower_};
  if (step_)
    alphabet.steps.setConstant(*step_);
  else
    resolve_blocks(weights, alphabet);
  if (kind_ == AlphabetKind::list && values_.empty()) {
    alphabet.values = levels_for_weights(weights, alphabet, listed_);
    alphabet.listed = std::ssize(alphabet.values) - 1;  // the step, in which they are, is counted by itself
    if (!step_) {
      alphabet.steps *= scale_;
      alphabet.group_steps *= scale_;
    }
  }
  return alphabet;
}

Alphabet AlphabetRule::resolve(const WeightSizes& sizes) const {
  if (!needs_only_sizes()) throw std::logic_error("this radius rule needs the weights themselves");
  Alphabet alphabet{Vector(sizes.largest.size()), half_levels_, kind_, values_, ties_to_lower_};
  const auto radius_of = [&](double largest, double squares, double count) {
    return rule_ == RadiusRule::absmax ? largest : std::sqrt(squares / count);
  };
  const auto width = static_cast<double>(sizes.width);
  if (step_)
    alphabet.steps.setConstant(*step_);
  else if (per_neuron_)
    for (Index j = 0; j < alphabet.steps.size(); ++j)
      alphabet.steps(j) = step_for(radius_of(sizes.largest(j), sizes.squares(j), width));
  else
    alphabet.steps.setConstant(step_for(
        radius_of(sizes.largest.maxCoeff(), sizes.squares.sum(), width * static_cast<double>(sizes.squares.size()))));
  return alphabet;
}

void AlphabetRule::resolve_blocks(const RowMatrix<double>& weights, Alphabet& alphabet) const {
  const bool layer = !per_neuron_ && !group_;
  const Index features = std::min(group_.value_or(weights.rows()), weights.rows());
  const Index groups = (weights.rows() + features - 1) / features;
  RowMatrix<double> steps(groups, weights.cols());
  RowMatrix<double> zeros = RowMatrix<double>::Zero(asymmetric_ ? groups : 0, weights.cols());
  const auto find = [&](const RowMatrix<double>& block, double& step, double* zero) {
    if (zero == nullptr) {
      step = step_of(block);
      return;
    }
    const auto bits = static_cast<int>(std::lround(std::log2(static_cast<double>(listed_))));
    const AsymmetricGrid grid = asymmetric_grid(scale_ * block.minCoeff(), scale_ * block.maxCoeff(), bits);
    if (!(grid.step > 0))
      throw std::domain_error(fmt::format("an asymmetric alphabet has no step: all weights of {} are 0", whose()));
    step = grid.step;
    *zero = static_cast<double>(grid.zero);
  };
  if (layer) {
    double step = 0;
    double zero = 0;
    find(weights, step, asymmetric_ ? &zero : nullptr);
    steps.setConstant(step);
    zeros.setConstant(zero);
  } else {
    for (Index g = 0; g < groups; ++g)
      for (Index j = 0; j < weights.cols(); ++j) {
        const Index first = g * features;
        find(weights.block(first, j, std::min(features, weights.rows() - first), 1), steps(g, j),
             asymmetric_ ? &zeros(g, j) : nullptr);
      }
  }
  alphabet.steps = steps.colwise().maxCoeff().transpose();
  if (group_) {
    alphabet.group = features;
    alphabet.group_steps = steps;
  }
  alphabet.zeros = zeros;
}

std::string AlphabetRule::whose() const {
  return group_ ? "a group" : per_neuron_ ? "a neuron" : "the layer";
}

double AlphabetRule::step_by_sigma(const RowMatrix<double>& weights) const {
  const double sigma = radius(weights, RadiusRule::rms, 1);
  if (!(sigma > 0))
    throw std::domain_error(fmt::format("the sigma rule gives no step: all weights of {} are 0", whose()));
  // Levels that are still to be found are fitted to the weights as they are, and scaled after that.
  return kind_ == AlphabetKind::list && values_.empty() ? sigma : scale_ * law_step_ * sigma;
}

double AlphabetRule::step_of(const RowMatrix<double>& weights) const {
  if (rule_ == RadiusRule::sigma) return step_by_sigma(weights);
  if (rule_ == RadiusRule::mse) {
    if (const auto best = mse_step(weights, kind_, half_levels_, values_)) return scale_ * *best;
    throw std::domain_error(
        fmt::format("the mse rule gives no step: none is better for {} than 0 (are all its weights 0?)", whose()));
  }
  return step_for(radius(weights, rule_, percentile_));
}

double AlphabetRule::step_for(double radius) const {
  const std::string& name = radius_rule_names()[static_cast<std::size_t>(rule_)];
  const double largest = scale_ * radius;
  if (!(largest > 0))
    throw std::domain_error(
        fmt::format("the {} rule gives no step: that of {} is 0 (are all its weights 0?)", name, whose()));
  const double step = (largest - threshold_) / (largest_in_steps(kind_, half_levels_, values_) + (nested_ ? 0.5 : 0.0));
  if (!(step > 0))
    throw std::domain_error(
        fmt::format("decision hard has step = (scale * radius - threshold)/K > 0, but for {} scale * radius is {:.6g} "
                    "and the threshold {:.6g}",
                    whose(), largest, threshold_));
  return step;
}

}  // namespace pathquant
