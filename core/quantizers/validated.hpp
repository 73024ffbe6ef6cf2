// A quantizer that the program was not built with: whatever it does is told with its name, and its Q is looked at
// before anyone believes it.
#pragma once

#include <memory>

#include "core/error.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// What a untrusted quantizer did wrong, with its name.
struct UntrustedFault : Error {
  explicit UntrustedFault(const std::string& text) : Error(text, some_failed) {}
};

/// The entry's quantizer for these parameters. An untrusted one's quantize() throws UntrustedFault for every exception
/// of its own but Stopped, and for a Q that has not the layer's shape, a number that is not finite, a
/// value that is no level of its alphabet (up to the rounding of single precision), or no levels where it has said that
/// it finds them itself.
std::unique_ptr<Quantizer> make_quantizer(const QuantizerEntry& entry, const Parameters& parameters);

/// Whether the program was not built with it.
bool is_untrusted(const QuantizerEntry& entry);

}  // namespace pathquant
