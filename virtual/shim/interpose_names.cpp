// The C library's functions that look at names: stat and its kin, directories, glob.
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstring>

#include "shim.hpp"

// What programs linked before glibc 2.33 call instead of stat; no header declares them.
// NOLINTBEGIN(readability-identifier-naming): the names are the C library's
extern "C" {
int __xstat(int version, const char* path, struct stat* status);
int __xstat64(int version, const char* path, struct stat64* status);
int __lxstat(int version, const char* path, struct stat* status);
int __lxstat64(int version, const char* path, struct stat64* status);
int __fxstat(int version, int fd, struct stat* status);
int __fxstat64(int version, int fd, struct stat64* status);
}
// NOLINTEND(readability-identifier-naming)

namespace picoctl::shim {
namespace {

mode_t mode_of(Kind kind) {
  switch (kind) {
    case Kind::device: return S_IFCHR | 0660;
    case Kind::attribute: return S_IFREG | 0444;
    default: return S_IFDIR | 0755;
  }
}

// A parent is invented only where the machine has none.
bool invented(Kind kind) { return kind != Kind::none && kind != Kind::parent; }

template <class Status>
int fill(Kind kind, Status* status) {
  std::memset(status, 0, sizeof *status);
  status->st_mode = mode_of(kind);
  status->st_nlink = 1;
  status->st_blksize = 4096;
  if (kind == Kind::device) status->st_rdev = makedev(89, static_cast<unsigned>(settings().bus));
  return 0;
}

// The result for a path: ours, the real one's, or ours after all for a parent that is missing.
template <class Status, class Real>
int status_of(const char* path, Status* status, Real real) {
  const Kind kind = classify(path);
  if (invented(kind)) return fill(kind, status);
  const int result = real();
  return result != 0 && errno == ENOENT && kind == Kind::parent ? fill(kind, status) : result;
}

// A descriptor of ours looks like a device and not like the socket that it is.
template <class Status>
int status_of_fd(int fd, Status* status, int result) {
  State state;
  if (result == 0 && S_ISSOCK(status->st_mode) && get_state(fd, state)) {
    return fill(Kind::device, status);
  }
  return result;
}

int access_to(Kind kind, int mode) {
  const bool allowed = (mode & X_OK) == 0 || kind == Kind::adapter || kind == Kind::parent;
  const bool writable = (mode & W_OK) == 0 || kind == Kind::device;
  if (allowed && writable) return 0;
  errno = EACCES;
  return -1;
}

template <class Real>
int accessible(const char* path, int mode, Real real) {
  const Kind kind = classify(path);
  if (invented(kind)) return access_to(kind, mode);
  const int result = real();
  return result != 0 && errno == ENOENT && kind == Kind::parent ? access_to(kind, mode) : result;
}

// Directories in which the adapter is to be seen, while a program reads them.
struct Listing {
  DIR* dir = nullptr;
  bool empty = false;  // it does not exist: the stream is of another, whose entries are hidden
  bool given = false;  // our entry has been handed out
  dirent entry{};
  dirent64 entry64{};
};
Listing listings[16];

Listing* listing_of(DIR* dir) {
  for (Listing& listing : listings) {
    if (dir != nullptr && __atomic_load_n(&listing.dir, __ATOMIC_ACQUIRE) == dir) return &listing;
  }
  return nullptr;
}

void watch(DIR* dir, bool empty) {
  for (Listing& listing : listings) {
    DIR* nobody = nullptr;
    if (!__atomic_compare_exchange_n(&listing.dir, &nobody, dir, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
      continue;
    }
    listing.empty = empty;
    listing.given = false;
    return;
  }
}

template <class Entry>
Entry* our_entry(Listing& listing, Entry& entry) {
  if (listing.given) return nullptr;
  listing.given = true;
  std::memset(&entry, 0, sizeof entry);
  entry.d_ino = 89;
  entry.d_type = DT_UNKNOWN;
  entry.d_reclen = sizeof entry;
  std::strncpy(entry.d_name, device_name(), sizeof entry.d_name - 1);
  return &entry;
}

// The next entry: the real ones, but for one of our name, and then ours.
template <class Entry, class Real>
Entry* next_entry(Listing& listing, Entry& room, Real real) {
  const KeepErrno keep;
  Entry* entry = nullptr;
  while (!listing.empty && (entry = real()) != nullptr) {
    if (std::strcmp(entry->d_name, device_name()) != 0) return entry;
  }
  return our_entry(listing, room);
}

}  // namespace
}  // namespace picoctl::shim

using namespace picoctl::shim;  // NOLINT: this file only connects the C library to it

#define PICOCTL_STAT(function, type)                                                      \
  PICOCTL_EXPORT int function(const char* path, struct type* status) {                    \
    return status_of(path, status, [&] { return PICOCTL_REAL(function, path, status); }); \
  }
PICOCTL_STAT(stat, stat)
PICOCTL_STAT(stat64, stat64)
PICOCTL_STAT(lstat, stat)
PICOCTL_STAT(lstat64, stat64)

#define PICOCTL_XSTAT(function, type)                                                              \
  PICOCTL_EXPORT int function(int version, const char* path, struct type* status) {                \
    return status_of(path, status, [&] { return PICOCTL_REAL(function, version, path, status); }); \
  }
PICOCTL_XSTAT(__xstat, stat)
PICOCTL_XSTAT(__xstat64, stat64)
PICOCTL_XSTAT(__lxstat, stat)
PICOCTL_XSTAT(__lxstat64, stat64)

#define PICOCTL_STATAT(function, type)                                                    \
  PICOCTL_EXPORT int function(int at, const char* path, struct type* status, int flags) { \
    if (path != nullptr && *path == 0) {                                                  \
      return status_of_fd(at, status, PICOCTL_REAL(function, at, path, status, flags));   \
    }                                                                                     \
    return status_of(path, status,                                                        \
                     [&] { return PICOCTL_REAL(function, at, path, status, flags); });    \
  }
PICOCTL_STATAT(fstatat, stat)
PICOCTL_STATAT(fstatat64, stat64)

PICOCTL_EXPORT int fstat(int fd, struct stat* status) {
  return status_of_fd(fd, status, PICOCTL_REAL(fstat, fd, status));
}
PICOCTL_EXPORT int fstat64(int fd, struct stat64* status) {
  return status_of_fd(fd, status, PICOCTL_REAL(fstat64, fd, status));
}
PICOCTL_EXPORT int __fxstat(int version, int fd, struct stat* status) {
  return status_of_fd(fd, status, PICOCTL_REAL(__fxstat, version, fd, status));
}
PICOCTL_EXPORT int __fxstat64(int version, int fd, struct stat64* status) {
  return status_of_fd(fd, status, PICOCTL_REAL(__fxstat64, version, fd, status));
}

PICOCTL_EXPORT int statx(int at, const char* __restrict path, int flags, unsigned mask,
                         struct statx* __restrict status) {
  const Kind kind = classify(path);
  if (!invented(kind)) return PICOCTL_REAL(statx, at, path, flags, mask, status);
  std::memset(status, 0, sizeof *status);
  status->stx_mask = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID;
  status->stx_mode = static_cast<std::uint16_t>(mode_of(kind));
  status->stx_nlink = 1;
  status->stx_blksize = 4096;
  if (kind == Kind::device) {
    status->stx_rdev_major = 89;
    status->stx_rdev_minor = static_cast<std::uint32_t>(settings().bus);
  }
  return 0;
}

PICOCTL_EXPORT int access(const char* path, int mode) {
  return accessible(path, mode, [&] { return PICOCTL_REAL(access, path, mode); });
}
PICOCTL_EXPORT int faccessat(int at, const char* path, int mode, int flags) {
  return accessible(path, mode, [&] { return PICOCTL_REAL(faccessat, at, path, mode, flags); });
}
PICOCTL_EXPORT int euidaccess(const char* path, int mode) {
  return accessible(path, mode, [&] { return PICOCTL_REAL(euidaccess, path, mode); });
}
PICOCTL_EXPORT int eaccess(const char* path, int mode) {
  return accessible(path, mode, [&] { return PICOCTL_REAL(eaccess, path, mode); });
}

PICOCTL_EXPORT DIR* opendir(const char* path) {
  const Kind kind = classify(path);
  DIR* dir = PICOCTL_REAL(opendir, path);
  const bool missing = dir == nullptr && errno == ENOENT;
  if (kind != Kind::parent || (dir == nullptr && !missing)) return dir;
  if (missing) dir = PICOCTL_REAL(opendir, "/");
  if (dir != nullptr) watch(dir, missing);
  return dir;
}

PICOCTL_EXPORT struct dirent* readdir(DIR* dir) {
  Listing* listing = listing_of(dir);
  const auto real = [&] { return PICOCTL_REAL(readdir, dir); };
  return listing == nullptr ? real() : next_entry(*listing, listing->entry, real);
}

PICOCTL_EXPORT struct dirent64* readdir64(DIR* dir) {
  Listing* listing = listing_of(dir);
  const auto real = [&] { return PICOCTL_REAL(readdir64, dir); };
  return listing == nullptr ? real() : next_entry(*listing, listing->entry64, real);
}

PICOCTL_EXPORT int closedir(DIR* dir) {
  if (Listing* listing = listing_of(dir); listing != nullptr) {
    __atomic_store_n(&listing->dir, nullptr, __ATOMIC_RELEASE);
  }
  return PICOCTL_REAL(closedir, dir);
}

namespace picoctl::shim {
namespace {

// glob() looks at the file system through these, and so sees what everybody sees.
void* glob_opendir(const char* path) { return opendir(path); }
dirent* glob_readdir(void* dir) { return readdir(static_cast<DIR*>(dir)); }
dirent64* glob_readdir64(void* dir) { return readdir64(static_cast<DIR*>(dir)); }
void glob_closedir(void* dir) { closedir(static_cast<DIR*>(dir)); }

}  // namespace
}  // namespace picoctl::shim

PICOCTL_EXPORT int glob(const char* __restrict pattern, int flags,
                        int (*on_error)(const char*, int), glob_t* __restrict found) {
  const bool theirs = (flags & GLOB_ALTDIRFUNC) != 0 || settings().socket == nullptr;
  if (theirs) return PICOCTL_REAL(glob, pattern, flags, on_error, found);
  found->gl_opendir = glob_opendir;
  found->gl_readdir = glob_readdir;
  found->gl_closedir = glob_closedir;
  found->gl_stat = stat;
  found->gl_lstat = lstat;
  return PICOCTL_REAL(glob, pattern, flags | GLOB_ALTDIRFUNC, on_error, found);
}

PICOCTL_EXPORT int glob64(const char* __restrict pattern, int flags,
                          int (*on_error)(const char*, int), glob64_t* __restrict found) {
  const bool theirs = (flags & GLOB_ALTDIRFUNC) != 0 || settings().socket == nullptr;
  if (theirs) return PICOCTL_REAL(glob64, pattern, flags, on_error, found);
  found->gl_opendir = glob_opendir;
  found->gl_readdir = glob_readdir64;
  found->gl_closedir = glob_closedir;
  found->gl_stat = stat64;
  found->gl_lstat = lstat64;
  return PICOCTL_REAL(glob64, pattern, flags | GLOB_ALTDIRFUNC, on_error, found);
}
