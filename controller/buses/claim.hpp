// A lock on an open file, for Bus::claim(): all programs that use one mailbox target take the same.
// The kernel takes it back from a program that dies.
#pragma once

#include "picoctl/controller/bus.hpp"

namespace picoctl::controller {

// Waits a quarter of a second at most, by that bus's clock, and goes on without: see Bus::claim().
void claim_file(int fd, Bus& bus);
void release_file(int fd);

}  // namespace picoctl::controller
