// What is measured and stored of a layer, from the sums that are left of one that was streamed.
#pragma once

#include "core/facts/layer_statistics.hpp"
#include "core/metrics/metrics.hpp"
#include "core/path_following/streaming.hpp"

namespace pathquant {

/// `direction` is a (m entries), or empty.
LayerMetrics metrics_of(const StreamedSums& sums, LayerShape shape, const Vector& direction = {});
LayerStatistics statistics_of(const StreamedSums& sums, const Alphabet& alphabet);

}  // namespace pathquant
