#include "parts.hpp"

#include <unistd.h>

#include <initializer_list>

namespace picoctl::cli {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
  std::error_code ignored;
  const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
  return self.parent_path();
}

std::optional<fs::path> first_of(std::initializer_list<const char*> places, const char* name,
                                 int access) {
  const fs::path folder = own_folder();
  for (const char* place : places) {
    const fs::path candidate = (folder / place / name).lexically_normal();
    if (::access(candidate.c_str(), access) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace

std::optional<fs::path> find_virtual_pico() {
  return first_of({".", "../libexec/picoctl"}, "picoctl-virtual", X_OK);
}

std::optional<fs::path> find_emulator() {
  return first_of({".", "../libexec/picoctl"}, "picoctl-emulator", X_OK);
}

std::optional<fs::path> find_shim() {
  return first_of({"../lib", "../lib/picoctl", "."}, "libpicoctl-i2c-shim.so", R_OK);
}

}  // namespace picoctl::cli
