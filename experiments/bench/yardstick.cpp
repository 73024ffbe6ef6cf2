#include "experiments/bench/yardstick.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace pathquant::bench {
namespace {

template <class Function>
Function symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) throw std::runtime_error(fmt::format("the installed OpenBLAS has no {}", name));
  return reinterpret_cast<Function>(found);
}

constexpr int row_major = 101, not_transposed = 111;

template <class S, class Gemm>
void multiply_by(Gemm gemm, LayerShape shape, const S* x, const S* w, S* y) {
  const auto m = static_cast<int>(shape.samples), n = static_cast<int>(shape.width),
             p = static_cast<int>(shape.neurons);
  gemm(row_major, not_transposed, not_transposed, m, p, n, S(1), x, n, w, p, S(0), y, p);
}

}  // namespace

Yardstick::Yardstick(const std::string& core) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
  if (!core.empty()) setenv("OPENBLAS_CORETYPE", core.c_str(), 1);
  // Debian installs several builds; the unqualified name may be the build without threads.
  void* library = nullptr;
  for (const char* name : {"/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
                           "/usr/lib/aarch64-linux-gnu/openblas-openmp/libopenblas.so.0", "libopenblas.so.0"})
    if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr || symbol<int (*)()>(library, "openblas_get_parallel")() == 0)
    throw std::runtime_error("the bench needs OpenBLAS with threads as its yardstick: install libopenblas0-openmp");
  sgemm_ = symbol<Gemm<float>>(library, "cblas_sgemm");
  dgemm_ = symbol<Gemm<double>>(library, "cblas_dgemm");
  set_threads_ = symbol<void (*)(int)>(library, "openblas_set_num_threads");
  name_ = symbol<char* (*)()>(library, "openblas_get_config")();
}

void Yardstick::multiply(LayerShape shape, const float* x, const float* w, float* y) const {
  multiply_by(sgemm_, shape, x, w, y);
}

void Yardstick::multiply(LayerShape shape, const double* x, const double* w, double* y) const {
  multiply_by(dgemm_, shape, x, w, y);
}

}  // namespace pathquant::bench
