#include "claim.hpp"

#include <sys/file.h>

#include <chrono>
#include <thread>

namespace picoctl::controller {
namespace {

// Short against a command's time: whoever commands without a pause must not always be first.
constexpr std::chrono::microseconds between_tries{200};
constexpr int tries = 2500;

}  // namespace

void claim_file(int fd) {
  for (int i = 0; i < tries && ::flock(fd, LOCK_EX | LOCK_NB) != 0; ++i) {
    std::this_thread::sleep_for(between_tries);
  }
}

void release_file(int fd) { static_cast<void>(::flock(fd, LOCK_UN)); }

}  // namespace picoctl::controller
