#include "experiments/process/python.hpp"

#include <filesystem>

namespace pathquant {

const char* python() {
  return std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}

}  // namespace pathquant
