#include "interrupt.hpp"

#include <poll.h>

#include <csignal>

namespace picoctl::cli {
namespace {

volatile sig_atomic_t caught = 0;

void remember(int number) { caught = number; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = &remember;  // without SA_RESTART: what waits shall wake up
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
}

bool interrupted() { return caught != 0; }

int interrupt_code() { return 128 + caught; }

void pause_for(std::chrono::milliseconds time) {
  if (!interrupted() && time.count() > 0) ::poll(nullptr, 0, static_cast<int>(time.count()));
}

}  // namespace picoctl::cli
