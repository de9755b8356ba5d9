#include "claim.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>
#include <thread>

namespace picoctl::controller {
namespace {

constexpr std::chrono::microseconds between_tries{200};
constexpr int tries = 2500;

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

// Takes tries off `left`; false: none was left.
template <typename Take>
bool keep_trying(int& left, Take take) {
  for (; left > 0; --left) {
    if (take()) return true;
    std::this_thread::sleep_for(between_tries);
  }
  return false;
}

}  // namespace

void claim_file(int fd) {
  int left = tries;
  const bool next = keep_trying(left, [fd] { return lock_next(fd, F_WRLCK); });
  keep_trying(left, [fd] { return lock_file(fd); });
  if (next) lock_next(fd, F_UNLCK);
}

void release_file(int fd) { static_cast<void>(::flock(fd, LOCK_UN)); }

}  // namespace picoctl::controller
