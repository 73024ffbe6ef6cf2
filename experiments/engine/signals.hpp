// Ctrl-C and TERM as two flags. The first signal asks the workers to take no more tasks and to finish the ones they
// run, the second to drop those too, the third ends the process: whatever was committed is safe in any case.
#pragma once

#include <atomic>

namespace pathquant {

class Signals {
 public:
  /// Installs the handlers; one object at a time.
  Signals();
  /// Puts the handlers of before back.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Asks the workers to take no more tasks, as the first signal does.
  void take_no_more_tasks();
  const std::atomic<bool>& take_no_more() const;
  const std::atomic<bool>& drop() const;
  /// The first signal that came, 0 when none did.
  int received() const;
};

}  // namespace pathquant
