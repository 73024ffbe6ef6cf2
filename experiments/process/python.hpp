// The Python that runs the scripts of analysis/.
#pragma once

namespace pathquant {

/// Debian's python3 where there is one: Debian's matplotlib serves no other. Otherwise the first python3 on the path.
const char* python();

}  // namespace pathquant
