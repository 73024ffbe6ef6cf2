// How long the exact solutions take for 10^7 weights, and how much memory.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <ctime>

#include "core/binary/least_squares.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/binary/vectors.hpp"

using namespace pathquant;

namespace least_squares_long_test {

constexpr Index rows = 1000;
constexpr Index columns = 10000;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The median of seven, in processor time of this thread: other programs hardly count.
template <class Work>
double seconds(Work work) {
  std::vector<double> times;
  for (int repetition = 0; repetition < 7; ++repetition) {
    const double begin = processor_seconds();
    work();
    times.push_back(processor_seconds() - begin);
  }
  std::nth_element(times.begin(), times.begin() + 3, times.end());
  return times[3];
}

// Goals on a quiet machine with AVX-512 (Zen 4): 0.02 s for LS-1, 0.15 s for LS-2 and LS-T, 120 MB. The limits leave
// room for slower and busy ones.
TEST_CASE("10^7 single-precision weights in 1000 rows") {
  const Matrix<float> w = [] {
    Matrix<float> numbers(columns, rows);
    std::vector<double> row(static_cast<std::size_t>(columns));
    for (Index j = 0; j < rows; ++j) {
      Stream("time").normals(j, 0, columns, row.data());
      std::copy(row.begin(), row.end(), numbers.col(j).data());
    }
    return numbers;
  }();
  Matrix<float> q = w;
  const auto fit = [&](PlaneScales<float> (*solve)(std::span<const float>, std::span<const double>)) {
    for (Index j = 0; j < rows; ++j) {
      const std::span<const float> x(w.col(j).data(), static_cast<std::size_t>(columns));
      fold(x, solve(x, {}), q.col(j).data());
    }
  };
  const double before = peak_megabytes();
  const double one = seconds([&] { fit(ls1<float>); });
  const double two = seconds([&] { fit(ls2<float>); });
  const double ternary = seconds([&] { fit(lst<float>); });
  MESSAGE("ls1 " << one << " s, ls2 " << two << " s, lst " << ternary << " s, memory " << peak_megabytes() - before
                 << " MB");
  CHECK(one < 0.1);
  CHECK(two < 0.6);
  CHECK(ternary < 0.6);
  CHECK(peak_megabytes() - before < 10);  // Q is there already

  const LayerProblem<float> layer{RowMatrix<float>(w)};
  const double before_layer = peak_megabytes();
  for (const char* name : {"ls1", "ls2", "lst"}) {
    const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
    const auto quantizer = entry->make(Parameters(entry->description.parameters, {}));
    const double time = seconds([&] { quantizer->quantize(layer, Alphabet{}, Stream("unused"), Interrupt()); });
    MESSAGE(std::string(name) << " of a layer " << time << " s, memory " << peak_megabytes() - before_layer << " MB");
    CHECK(time < 1);
    CHECK(peak_megabytes() - before_layer < 120);
  }
}

}  // namespace least_squares_long_test
