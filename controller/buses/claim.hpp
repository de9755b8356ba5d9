// A lock on an open file, for Bus::claim(): all programs that use one mailbox target take the same.
// The kernel takes it back from a program that dies.
#pragma once

#include <chrono>

#include "picoctl/controller/bus.hpp"

namespace picoctl::controller {

// Waits so long at most, by that bus's clock, and goes on without: see Bus::claim().
void claim_file(int fd, Bus& bus, std::chrono::milliseconds at_most);
void release_file(int fd);

}  // namespace picoctl::controller
