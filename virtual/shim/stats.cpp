// Counting what a program asked for, for PICOCTL_SHIM_STATS; and the page that does not survive
// a fork, so that a child counts from nothing.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "shim.hpp"

namespace picoctl::shim {
namespace {

ForkLocal* make_page() {
  constexpr std::size_t size = 4096;
  static_assert(sizeof(ForkLocal) <= size);
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, size, MADV_WIPEONFORK) == 0) return static_cast<ForkLocal*>(page);
  ::munmap(page, size);
  return nullptr;
}

// One write() to a file opened for appending: lines of several processes do not mix.
[[gnu::destructor]] void write_line() {
  const char* path = std::getenv("PICOCTL_SHIM_STATS");
  if (path == nullptr || settings().socket == nullptr || fork_local() == nullptr) return;
  const auto& counts = fork_local()->counts;
  char line[200];
  const int size =
      std::snprintf(line, sizeof line,
                    "pid=%d ioctls=%lu rdwr=%lu smbus=%lu reads=%lu writes=%lu transfers=%lu\n",
                    static_cast<int>(::getpid()), counts[0], counts[1], counts[2], counts[3],
                    counts[4], counts[5]);
  const int fd = PICOCTL_REAL(open, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  if (PICOCTL_REAL(write, fd, line, static_cast<std::size_t>(size)) != size) {
    std::perror("picoctl shim: cannot write its statistics");
  }
  ::close(fd);
}

}  // namespace

ForkLocal* fork_local() {
  static ForkLocal* page = make_page();
  return page;
}

void count(Count what) {
  ForkLocal* page = fork_local();
  if (page != nullptr) {
    __atomic_fetch_add(&page->counts[static_cast<int>(what)], 1, __ATOMIC_RELAXED);
  }
}

}  // namespace picoctl::shim
