#include "experiments/engine/signals.hpp"

#include <csignal>
#include <string_view>

#include <unistd.h>

namespace pathquant {
namespace {

// A signal handler reaches nothing but objects of static storage, and of those only lock-free atomics.
std::atomic<bool> no_more = false;
std::atomic<bool> dropping = false;
std::atomic<int> first_signal = 0;
struct sigaction previous_int;
struct sigaction previous_term;

void say(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void handle(int signal) {
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
  if (!no_more.exchange(true)) {
    say("\nstopping: finishing the running tasks (once more: drop them)\n");
  } else if (!dropping.exchange(true)) {
    say("\ndropping the running tasks\n");
  } else {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

Signals::Signals() {
  no_more = false;
  dropping = false;
  first_signal = 0;
  struct sigaction action = {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &previous_int);
  sigaction(SIGTERM, &action, &previous_term);
}

Signals::~Signals() {
  sigaction(SIGINT, &previous_int, nullptr);
  sigaction(SIGTERM, &previous_term, nullptr);
}

void Signals::take_no_more_tasks() {
  no_more = true;
}
const std::atomic<bool>& Signals::take_no_more() const {
  return no_more;
}
const std::atomic<bool>& Signals::drop() const {
  return dropping;
}
int Signals::received() const {
  return first_signal;
}

}  // namespace pathquant
