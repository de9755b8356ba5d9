#include "usb_terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "context.hpp"

namespace picoctl::cli {
namespace {

[[noreturn]] void failed(const std::string& link, const std::string& why) {
  fail_with(Error::file_unwritable, fmt::format("{}: {}", link, why));
}

void remove_older_link(const std::string& link) {
  std::error_code problem;
  const auto status = std::filesystem::symlink_status(link, problem);
  if (std::filesystem::is_symlink(status)) {
    ::unlink(link.c_str());
  } else if (std::filesystem::exists(status)) {
    failed(link, "another file has that name");
  }
}

}  // namespace

int open_usb_terminal(const std::string& link) {
  const int own_end = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
  char other_end[64];
  if (own_end < 0 || ::grantpt(own_end) != 0 || ::unlockpt(own_end) != 0 ||
      ::ptsname_r(own_end, other_end, sizeof other_end) != 0) {
    failed(link, fmt::format("no pseudo-terminal: {}", std::strerror(errno)));
  }
  // Only after somebody closed it does the kernel say that nobody has it open.
  ::close(::open(other_end, O_RDWR | O_NOCTTY | O_CLOEXEC));
  remove_older_link(link);
  if (::symlink(other_end, link.c_str()) != 0) failed(link, std::strerror(errno));
  return own_end;
}

}  // namespace picoctl::cli
