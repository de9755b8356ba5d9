#include "claim.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>

namespace picoctl::controller {
namespace {

constexpr std::chrono::microseconds between_tries{200};

// Whose turn is next: a lock of its own kind on the same file, so that the two do not meet. The
// kernel gives a lock to whoever asks at the right moment, which is mostly who has just let go of
// it. But he has to become the next one first, and that place is taken by the one who waits.
bool lock_next(int fd, short type) {
  struct flock next {};
  next.l_type = type;
  next.l_whence = SEEK_SET;
  next.l_len = 1;
  return ::fcntl(fd, F_OFD_SETLK, &next) == 0;
}

bool lock_file(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0; }

// False: the time is over.
template <typename Take>
bool keep_trying(Bus& bus, Bus::Clock::time_point until, Take take) {
  while (!take()) {
    if (bus.now() >= until) return false;
    bus.sleep(between_tries);
  }
  return true;
}

}  // namespace

void claim_file(int fd, Bus& bus, std::chrono::milliseconds at_most) {
  const auto until = bus.now() + at_most;
  const bool next = keep_trying(bus, until, [fd] { return lock_next(fd, F_WRLCK); });
  keep_trying(bus, until, [fd] { return lock_file(fd); });
  if (next) lock_next(fd, F_UNLCK);
}

void release_file(int fd) { static_cast<void>(::flock(fd, LOCK_UN)); }

}  // namespace picoctl::controller
