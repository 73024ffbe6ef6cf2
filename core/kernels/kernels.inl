// All kernels of a build. Included inside its namespace after its vectors. Each file uses those included before it.
#include "core/kernels/vec_scalar.inl"

#include "core/kernels/column_kernels.inl"
#include "core/kernels/single_precision.inl"

#include "core/kernels/generator_kernels.inl"
#include "core/kernels/level_kernels.inl"

#include "core/kernels/single_neuron_kernels.inl"
#include "core/kernels/batched_kernels.inl"
#include "core/kernels/blocked_kernels.inl"

#include "core/kernels/streaming_kernels.inl"
#include "core/kernels/solve_kernels.inl"
