// Where a virtual bus listens, and where every face looks for one, when nobody says otherwise.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace picoctl::socket {

// The folder is the user's own: XDG_RUNTIME_DIR by definition (XDG Base Directory Specification),
// the other one because whoever listens there creates it with mode 0700.
inline std::string default_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') return std::string(runtime) + "/picoctl";
  return "/tmp/picoctl-" + std::to_string(::getuid());
}

inline std::string default_path() { return default_directory() + "/bus.sock"; }

}  // namespace picoctl::socket
