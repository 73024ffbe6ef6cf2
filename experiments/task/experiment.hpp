// The contract of an experiment: what a cell of its sweeps is, how one trial of it is measured, and which lines go with
// it.
//
//   cell    one point of the sweep
//   task    (cell, trial): the unit of work, timeout, caching and failure
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/bounds/shared/bound.hpp"
#include "core/registry.hpp"
#include "experiments/config/config.hpp"
#include "experiments/task/column.hpp"
#include "experiments/task/task_context.hpp"

namespace pathquant {

inline constexpr const char* results_schema = "pathquant-results/1";

/// Thrown by a computation that has nothing to measure; the text is the reason. The task counts as skipped, not as
/// failed.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Something that is computed once for every trial and stored under its id. Immutable and thread-safe.
class Computation {
 public:
  virtual ~Computation() = default;
  /// Whether trials differ; otherwise trial 0 stands for all.
  virtual bool random() const = 0;
  /// First 32 hex digits of the SHA-256 of everything that decides the content.
  virtual const std::string& id() const = 0;
  /// Multiply-adds of one trial, roughly: for the order of work and the time left.
  virtual double cost() const = 0;
  /// What it takes from the cache in a trial: tasks with the same answer take the same. Empty: nothing.
  virtual std::string shares(std::int64_t /*trial*/) const { return ""; }
  /// What of it the program was not built with, for messages: "plugin mine 1.0 (mine.so)"; empty where there is
  /// nothing.
  virtual std::string untrusted() const { return ""; }
  /// Whether a sweep runs it in a process of its own: what is untrusted, and what measures the process that it runs in.
  virtual bool isolated() const { return !untrusted().empty(); }
  /// The content; equal whenever it is computed again, but for measured costs. Throws Skipped, Stopped, or anything
  /// else for a failure.
  virtual nlohmann::json run(TaskContext& context) const = 0;
};

/// One theoretical line in one trial of a cell.
struct BoundRow {
  std::string name;
  BoundKind kind = BoundKind::upper;
  std::string metric;                   ///< the record's column that it speaks about
  std::optional<double> value;          ///< absent where it does not apply
  std::optional<double> probability;    ///< with which an upper line holds
  std::string reason;                   ///< why it does not apply
  bool sampled = false;                 ///< ... for a reason that a cell is judged by in most of its trials
  double tolerance = 0;                 ///< relative rounding error of what is measured: it holds up to this
  std::optional<double> gap_bits = {};  ///< bits a weight spent beyond a lower limit's, for the measured error
};

/// The stored content of a computation in the trial that is looked at, where there is one.
using ContentLookup = std::function<std::optional<nlohmann::json>(const Computation&)>;

/// A cell ready to run. Its content is a list of measured layers (layer_content.hpp).
class Cell : public Computation {
 public:
  /// The parameters, as columns of every record of this cell.
  virtual const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const = 0;
  /// What the selected lines need besides the cell's own content. Cells may share them. By default nothing.
  virtual std::vector<std::shared_ptr<const Computation>> statistics(const BoundSelection& /*selection*/) const {
    return {};
  }
  /// The selected bounds for one layer of a finished trial, an item of the content's list. By default there are none.
  virtual std::vector<BoundRow> bounds(const BoundSelection& /*selection*/, double /*probability*/,
                                       const nlohmann::json& /*layer*/, const ContentLookup& /*lookup*/) const {
    return {};
  }
};

struct CellRequest {
  const Node& tree;  ///< the cell's part of the config
  std::uint64_t seed = 0;
};

struct ExperimentEntry {
  Description description;
  ColumnTable columns;  ///< what a record holds beside the parameters, in order
  /// Checks the cell and makes it ready; nullptr after a diagnostic.
  std::function<std::shared_ptr<const Cell>(const CellRequest&, Diagnostics&)> prepare;
};

}  // namespace pathquant
