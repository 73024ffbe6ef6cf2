// Yardstick of `runsweep bench`: OpenBLAS's matrix product. The library is loaded at run time, so that the program does
// not depend on it otherwise.
#pragma once

#include <string>

#include "core/types.hpp"

namespace pathquant::bench {

class Yardstick {
 public:
  /// Throws std::runtime_error when OpenBLAS is not installed; the message names the package. `core` is OpenBLAS's name
  /// of the processor whose kernels it uses; empty: its default. Only the first yardstick of a process sets it.
  explicit Yardstick(const std::string& core);

  void set_threads(int threads) const { set_threads_(threads); }
  /// Y = X W, all row-major.
  void multiply(LayerShape shape, const float* x, const float* w, float* y) const;
  void multiply(LayerShape shape, const double* x, const double* w, double* y) const;
  /// "OpenBLAS 0.3.21 ... Cooperlake"
  const std::string& name() const { return name_; }

 private:
  template <class S>
  using Gemm = void (*)(int, int, int, int, int, int, S, const S*, int, const S*, int, S, S*, int);

  Gemm<float> sgemm_;
  Gemm<double> dgemm_;
  void (*set_threads_)(int);
  std::string name_;
};

}  // namespace pathquant::bench
