// Benchmarks of the matrix product of metrics and error feedback against OpenBLAS.
#include <limits>

#include "core/linalg/product.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

constexpr LayerShape product_shapes[] = {{1024, 512, 512}, {2048, 1024, 1024}, {1024, 4096, 1024}};

template <class S>
void time(const Bench& bench) {
  for (const LayerShape shape : product_shapes) {
    if (!bench.wants(shape)) continue;
    const Layer<S> layer(shape);
    const PackedInputs<S> packed = pack_inputs(layer.inputs);
    RowMatrix<S> y(shape.samples, shape.neurons);
    const auto yardstick = [&] {
      bench.yardstick().multiply(shape, layer.rows.data(), layer.weights.data(), y.data());
    };
    yardstick();
    const S largest = (product(packed, layer.weights, ExecutionContext()) - y).cwiseAbs().maxCoeff();
    require_answer(largest <= std::numeric_limits<S>::epsilon() * static_cast<S>(shape.width), "product");
    for (const int threads : bench.threads())
      bench.against_product(
          {.name = "product", .shape = shape, .precision = precision_name<S>, .threads = threads, .arithmetic = 1},
          [] {}, [&] { product(packed, layer.weights, ExecutionContext().with_threads(threads)); }, yardstick);
    const RowSource<S> rows = [&](Index t, Index first, Index count, S* out) {
      std::copy_n(layer.weights.row(t).data() + first, count, out);
    };
    bench.against_product(
        {.name = "product_pair", .shape = shape, .precision = precision_name<S>, .arithmetic = 2}, [] {},
        [&] {
          multiply_pair<S>(packed, packed, shape.neurons, rows, rows, ExecutionContext(),
                           [](const ProductPanel<S>&) {});
        },
        yardstick);
  }
}

const Registered<BenchEntry> registered({"product", "the product XW itself", [](const Bench& bench) {
                                           time<float>(bench);
                                           time<double>(bench);
                                         }});

}  // namespace
}  // namespace pathquant::bench
