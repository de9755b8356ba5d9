// Ctrl-C and SIGTERM as something to ask about, for verbs that have to tidy up.
#pragma once

#include <chrono>

namespace picoctl::cli {

// From here on the signals no longer end the program but are remembered.
void catch_interrupts();
bool interrupted();
// 128 + the signal, as a shell would report it.
int interrupt_code();

// Sleeps; returns early when interrupted.
void pause_for(std::chrono::milliseconds time);

}  // namespace picoctl::cli
