// A task: one trial of one computation, the unit of work.
#pragma once

#include <cstdint>
#include <memory>

#include "experiments/task/experiment.hpp"
#include "experiments/task/task_key.hpp"

namespace pathquant {

struct Task {
  std::shared_ptr<const Computation> computation;
  std::int64_t trial = 0;

  TaskKey key() const { return {computation->id(), trial}; }
};

}  // namespace pathquant
