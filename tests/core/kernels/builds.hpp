// The builds of a kernel table that this processor supports.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "core/kernels/instructions.hpp"

namespace pathquant::kernels {

template <class Table>
std::vector<const Table*> builds(const Table& baseline, const Table& fma, const Table& avx512) {
  std::vector<const Table*> all = {&baseline};
  if (has_fma()) all.push_back(&fma);
  if (has_avx512()) all.push_back(&avx512);
  if (all.size() < 3) MESSAGE("not all instruction sets are here: " << all.size() << " builds tested");
  return all;
}

/// Bit for bit; NaNs are equal whatever their payload.
template <class S>
bool same(const std::vector<S>& a, const std::vector<S>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] != a[i] && b[i] != b[i]) && std::memcmp(&a[i], &b[i], sizeof(S)) != 0) return false;
  return true;
}

}  // namespace pathquant::kernels
