#include "cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "picoctl/controller/description.hpp"
#include "picoctl/link/description.hpp"

namespace picoctl::controller {
namespace {

std::string path_of(std::uint32_t hash) {
  const std::string folder = cache_folder();
  return folder.empty() ? folder : fmt::format("{}/{:08x}.description", folder, hash);
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool make_folder(const std::string& folder) {
  const std::string parent = folder.substr(0, folder.rfind('/'));
  ::mkdir(parent.c_str(), 0700);
  return ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string cache_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/picoctl";
  const char* const home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/picoctl";
  return {};
}

std::optional<std::string> load_description(std::uint32_t hash) {
  const std::string path = path_of(hash);
  // O_NONBLOCK: whatever somebody put there, opening it does not wait.
  const File file(path.empty() ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> chunk{};
  while (text.size() <= max_description_size) {
    const ssize_t size = ::read(file.fd(), chunk.data(), chunk.size());
    if (size < 0) return std::nullopt;
    if (size == 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  if (description_hash(text) != hash) return std::nullopt;
  return text;
}

void keep_description(std::uint32_t hash, std::string_view text) {
  const std::string path = path_of(hash);
  if (path.empty() || !make_folder(cache_folder())) return;
  std::string temporary = path + ".XXXXXX";
  const File file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.fd() < 0) return;
  const bool kept = write_all(file.fd(), text) && std::rename(temporary.c_str(), path.c_str()) == 0;
  if (!kept) ::unlink(temporary.c_str());
}

}  // namespace picoctl::controller
