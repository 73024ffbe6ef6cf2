#include <fmt/format.h>

#include <stdexcept>

#include "experiments/engine/engine.hpp"

namespace pathquant {

std::unique_ptr<Engine> make_engine(const std::string& name, const EngineOptions& options,
                                    const Computations& computations) {
  if (name == "threads") return make_threads_engine(options);
  if (name == "isolated") return make_isolated_engine(options, computations);
  throw std::invalid_argument(fmt::format("there is no engine '{}': threads or isolated", name));
}

}  // namespace pathquant
