#include "writable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "context.hpp"

namespace picoctl::cli {
namespace {

[[noreturn]] void unwritable(const std::string& path, int number) {
  fail_with(Error::file_unwritable, fmt::format("{}: {}", path, std::strerror(number)));
}

}  // namespace

void check_writable(const std::string& path) {
  if (path.empty()) return;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (fd < 0) unwritable(path, errno);
  ::close(fd);
}

void write_file(const std::string& path, const std::string& contents) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) unwritable(path, errno);
  const bool whole = std::fwrite(contents.data(), 1, contents.size(), file) == contents.size();
  const int number = errno;
  if (std::fclose(file) != 0) unwritable(path, errno);
  if (!whole) unwritable(path, number);
}

}  // namespace picoctl::cli
