// What is measured and stored of a layer, from the sums that are left of one that was streamed.
#pragma once

#include "core/facts/layer_statistics.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/metrics/metrics.hpp"
#include "core/path_following/streaming.hpp"

namespace pathquant {

/// `direction` is a (m entries), or empty.
LayerMetrics metrics_of(const StreamedSums& sums, LayerShape shape, const Vector& direction = {});
LayerStatistics statistics_of(const StreamedSums& sums, const Alphabet& alphabet);

/// S of a layer that is not held, from its last columns and the norms of those before (path_covariance_of_tail).
/// Columns are read in the precision S. Throws Stopped when `execution` says so.
template <class S>
PathCovariance streamed_path_covariance(const InputSource& source, Index samples, Index width, const Vector& direction,
                                        const ExecutionContext& execution);

}  // namespace pathquant
