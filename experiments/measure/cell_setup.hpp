// What the cells of every experiment on layers have in common: seed, precision, quantizer, identity and columns.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/layer/layer_key.hpp"
#include "core/quantizers/quantizer.hpp"
#include "experiments/config/precision.hpp"
#include "experiments/measure/identified_files.hpp"
#include "experiments/task/experiment.hpp"
#include "experiments/task/identity.hpp"

namespace pathquant {

struct CellSetup {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const AlphabetRule> alphabet;  ///< null where the quantizer finds its levels itself
  nlohmann::json identity;
  IdentifiedFiles files;    ///< of the identity
  bool may_differ = false;  ///< between runs: the quantizer is a program of its own
  std::string untrusted;    ///< what of it the program was not built with, for messages; empty: nothing
  std::vector<std::pair<std::string, nlohmann::ordered_json>> columns;

  LayerKey key(std::int64_t trial) const { return {seed, trial, 0}; }
};

/// A cell whose identity, columns and origin are those of its setup. `Setup` is CellSetup or derived from it.
template <class Setup>
class SetupCell : public Cell {
 public:
  explicit SetupCell(Setup setup) : setup_(std::move(setup)), id_(content_id(setup_.identity)) {}

  const std::string& id() const final { return id_; }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const final { return setup_.columns; }
  std::string untrusted() const final { return setup_.untrusted; }
  /// measure(), once it is certain that what it read of files is what the identity says.
  nlohmann::json run(TaskContext& context) const final {
    return setup_.files.unchanged_during([&] { return measure(context); });
  }
  bool may_differ() const override { return setup_.may_differ; }

 protected:
  /// The content of one trial.
  virtual nlohmann::json measure(TaskContext& context) const = 0;
  const Setup& setup() const { return setup_; }

 private:
  Setup setup_;
  std::string id_;
};

}  // namespace pathquant
