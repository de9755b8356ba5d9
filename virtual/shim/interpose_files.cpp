// The C library's functions that open, read, write and ioctl.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "shim.hpp"

// Checking variants that _FORTIFY_SOURCE makes of the plain calls; no header declares them.
// NOLINTBEGIN(readability-identifier-naming): the names are the C library's
extern "C" {
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int at, const char* path, int flags);
int __openat64_2(int at, const char* path, int flags);
ssize_t __read_chk(int fd, void* data, size_t size, size_t room);
}
// NOLINTEND(readability-identifier-naming)

namespace picoctl::shim {
namespace {

// A descriptor from which an attribute's text can be read.
int open_attribute(const char* path, int flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) {
    errno = EACCES;
    return -1;
  }
  const char* text = attribute_of(path);
  const std::size_t size = std::strlen(text);
  const int fd = ::memfd_create("picoctl", (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0U);
  if (fd < 0) return -1;
  if (::pwrite(fd, text, size, 0) == static_cast<ssize_t>(size)) return fd;
  ::close(fd);
  errno = EIO;
  return -1;
}

// Whether the path is ours; if so `fd` is what open() returns.
bool open_ours(const char* path, int flags, int& fd) {
  const Kind kind = classify(path);
  if (kind != Kind::device && kind != Kind::attribute) return false;
  fd = kind == Kind::device ? open_device(flags) : open_attribute(path, flags);
  return true;
}

// A number that the kernel gives out anew belongs to whoever has got it now.
int given_out(int fd) {
  if (fd >= 0 && opened_here(fd)) forget(fd);
  return fd;
}

}  // namespace
}  // namespace picoctl::shim

using namespace picoctl::shim;  // NOLINT: this file only connects the C library to it

// The mode of open(), if the flags say that there is one.
#define PICOCTL_MODE_OF(last)                                       \
  mode_t mode = 0;                                                  \
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                                   \
    va_start(more, last);                                           \
    mode = va_arg(more, mode_t);                                    \
    va_end(more);                                                   \
  }

PICOCTL_EXPORT int open(const char* path, int flags, ...) {
  PICOCTL_MODE_OF(flags)
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(open, path, flags, mode));
}

PICOCTL_EXPORT int open64(const char* path, int flags, ...) {
  PICOCTL_MODE_OF(flags)
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(open64, path, flags, mode));
}

PICOCTL_EXPORT int openat(int at, const char* path, int flags, ...) {
  PICOCTL_MODE_OF(flags)
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(openat, at, path, flags, mode));
}

PICOCTL_EXPORT int openat64(int at, const char* path, int flags, ...) {
  PICOCTL_MODE_OF(flags)
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(openat64, at, path, flags, mode));
}

PICOCTL_EXPORT int __open_2(const char* path, int flags) {
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(__open_2, path, flags));
}

PICOCTL_EXPORT int __open64_2(const char* path, int flags) {
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(__open64_2, path, flags));
}

PICOCTL_EXPORT int __openat_2(int at, const char* path, int flags) {
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(__openat_2, at, path, flags));
}

PICOCTL_EXPORT int __openat64_2(int at, const char* path, int flags) {
  int fd = -1;
  if (open_ours(path, flags, fd)) return fd;
  return given_out(PICOCTL_REAL(__openat64_2, at, path, flags));
}

// stdio opens with a call that nobody can stand in front of.
PICOCTL_EXPORT FILE* fopen(const char* path, const char* mode) {
  if (classify(path) != Kind::attribute) return PICOCTL_REAL(fopen, path, mode);
  const int fd = open_attribute(path, std::strchr(mode, 'r') != nullptr ? O_RDONLY : O_WRONLY);
  return fd < 0 ? nullptr : ::fdopen(fd, "r");
}

PICOCTL_EXPORT FILE* fopen64(const char* path, const char* mode) {
  if (classify(path) != Kind::attribute) return PICOCTL_REAL(fopen64, path, mode);
  return fopen(path, mode);
}

PICOCTL_EXPORT int close(int fd) {
  forget(fd);
  return PICOCTL_REAL(close, fd);
}

// dup2 and dup3 close what was there. The new number is a duplicate: not opened here.
PICOCTL_EXPORT int dup2(int from, int to) {
  if (from != to) forget(to);
  return PICOCTL_REAL(dup2, from, to);
}

PICOCTL_EXPORT int dup3(int from, int to, int flags) {
  forget(to);
  return PICOCTL_REAL(dup3, from, to, flags);
}

PICOCTL_EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void* argument = va_arg(more, void*);
  va_end(more);
  State state;
  if (is_i2c_request(request) && (opened_here(fd) || get_state(fd, state))) {
    return i2c_ioctl(fd, request, argument);
  }
  return PICOCTL_REAL(ioctl, fd, request, argument);
}

PICOCTL_EXPORT ssize_t read(int fd, void* data, size_t size) {
  State state;
  if (settings().socket != nullptr && get_state(fd, state)) {
    return i2c_read(fd, state, data, size);
  }
  return PICOCTL_REAL(read, fd, data, size);
}

PICOCTL_EXPORT ssize_t __read_chk(int fd, void* data, size_t size, size_t room) {
  State state;
  if (size <= room && settings().socket != nullptr && get_state(fd, state)) {
    return i2c_read(fd, state, data, size);
  }
  return PICOCTL_REAL(__read_chk, fd, data, size, room);
}

PICOCTL_EXPORT ssize_t write(int fd, const void* data, size_t size) {
  State state;
  if (settings().socket != nullptr && get_state(fd, state)) {
    return i2c_write(fd, state, data, size);
  }
  return PICOCTL_REAL(write, fd, data, size);
}
