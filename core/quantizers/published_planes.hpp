// ls2 and lst as a published code finds their scales (core/sign_planes/published_search.hpp): all blocks together,
// because a block there depends on those beside it.
#pragma once

#include <memory>

#include "core/quantizers/plane_quantizer.hpp"

namespace pathquant {

/// `compat` and `skip`.
const ParameterTable& published_search_parameters();

/// The published search where `compat` asks for it, otherwise nothing.
/// Throws std::invalid_argument when the parameters contradict each other. Its run throws std::domain_error where the
/// published code finds no scale for any block.
std::unique_ptr<Quantizer> published_planes(const Parameters& parameters, bool ternary);

}  // namespace pathquant
