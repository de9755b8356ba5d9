// Taking a socket path: the one place where the server touches the file system.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "observers.hpp"
#include "remote_target.hpp"

namespace picoctl::sim {
namespace {

ListenFailure failure(ListenError error, int number, const std::string& text) {
  return {error, number, text + " (" + std::strerror(number) + ")"};
}

ListenFailure explain(int number, const std::string& path) {
  const std::string at = "cannot make the bus socket " + path + ": ";
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return failure(ListenError::no_directory, number, at + "its directory does not exist");
    case EACCES:
    case EPERM:
    case EROFS:
      return failure(ListenError::not_permitted, number,
                     at + "its directory is not writable for this user");
    case EADDRINUSE:
      return failure(ListenError::in_use, number, at + "another bus is served there");
    default: return failure(ListenError::other, number, at + "the system refused");
  }
}

// The directory's lock, so that two servers that start at once do not both find a stale socket.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    fd_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    error_ = fd_ < 0 ? errno : 0;
    // Bounded: whoever holds it longer than a second is no bus server.
    for (int tries = 0; fd_ >= 0 && tries < 100 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0; ++tries) {
      ::usleep(10'000);
    }
  }
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  [[nodiscard]] int error() const { return error_; }

 private:
  int fd_;
  int error_;
};

enum class Occupant : std::uint8_t { nobody, stale, server, file, unknown };

Occupant look(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Occupant::nobody : Occupant::unknown;
  }
  if (!S_ISSOCK(status.st_mode)) return Occupant::file;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int result = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = result == 0 ? 0 : errno;
  ::close(fd);
  // A full queue (EAGAIN) and a socket of another kind (EPROTOTYPE) are somebody's too.
  return error == ECONNREFUSED ? Occupant::stale : Occupant::server;
}

}  // namespace

ListenFailure BusServer::listen(const std::string& path) {
  shutdown();
  ListenFailure result = bind_and_listen(path);
  if (result && listener_ >= 0) {
    ::close(listener_);
    listener_ = -1;
  }
  if (!result) path_ = path;
  return result;
}

ListenFailure BusServer::bind_and_listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) return explain(ENOENT, path);
  if (path.size() >= sizeof address.sun_path) {
    return failure(ListenError::path_too_long, ENAMETOOLONG,
                   "the bus socket's path has " + std::to_string(path.size()) +
                       " bytes and may have 107; choose a shorter one, e.g. below /tmp");
  }
  path.copy(address.sun_path, path.size());
  const DirectoryLock lock(path);
  if (lock.error() != 0) return explain(lock.error(), path);
  switch (look(path, address)) {
    case Occupant::nobody: break;
    case Occupant::stale:
      if (::unlink(path.c_str()) != 0) return explain(errno, path);
      break;
    case Occupant::server: return explain(EADDRINUSE, path);
    case Occupant::file:
      return failure(ListenError::not_a_socket, EEXIST,
                     path + " exists and is no socket; it is left alone, choose another path");
    case Occupant::unknown: return explain(errno, path);
  }
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) return explain(errno, path);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return explain(errno, path);
  }
  // Nobody can connect before listen(): the mode is in force from the first client on.
  if (::chmod(path.c_str(), options_.mode) != 0 || ::listen(listener_, 64) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return explain(error, path);
  }
  return {};
}

}  // namespace picoctl::sim
