// Whether this is still the process in which something was made. A session and a connection to a
// virtual bus must not be used by two processes, and fork() makes two of one.
#pragma once

namespace picoctl::controller {

// Differs between a process and the children it forks. No system call.
unsigned process_generation();

}  // namespace picoctl::controller
