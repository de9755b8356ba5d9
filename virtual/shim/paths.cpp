// Which paths are the virtual adapter's, and what stands in its files.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "shim.hpp"

namespace picoctl::shim {
namespace {

char name[24];

Settings read_settings() {
  Settings found;
  found.socket = std::getenv("PICOCTL_SHIM_SOCKET");
  if (found.socket != nullptr && *found.socket == 0) found.socket = nullptr;
  if (const char* bus = std::getenv("PICOCTL_SHIM_BUS"); bus != nullptr) {
    found.bus = std::atoi(bus);
  }
  if (const char* limit = std::getenv("PICOCTL_SHIM_TIMEOUT_MS"); limit != nullptr) {
    found.timeout_ms = std::atoi(limit);
  }
  std::snprintf(name, sizeof name, "i2c-%d", found.bus);
  return found;
}

// The rest of `path` after `prefix`, or null.
const char* after(const char* path, const char* prefix) {
  const std::size_t size = std::strlen(prefix);
  return std::strncmp(path, prefix, size) == 0 ? path + size : nullptr;
}

bool nothing_but_slashes(const char* rest) { return rest[std::strspn(rest, "/")] == 0; }

constexpr const char* parents[] = {"/sys/class/i2c-dev", "/sys/class/i2c-adapter",
                                   "/sys/bus/i2c/devices", "/dev"};

// What follows "<parent>/i2c-N" in the path; null if it does not begin so.
const char* below_adapter(const char* path) {
  for (const char* parent : parents) {
    const char* rest = after(path, parent);
    if (rest == nullptr || *rest != '/') continue;
    rest = after(rest + 1, name);
    if (rest != nullptr && (*rest == 0 || *rest == '/')) return rest;
  }
  return nullptr;
}

}  // namespace

const Settings& settings() {
  static Settings kept;
  static bool ready = false;
  if (!ready) {
    kept = read_settings();  // the same for whoever comes first: a race does no harm
    ready = true;
  }
  return kept;
}

const char* device_name() { return name; }

Kind classify(const char* path) {
  if (path == nullptr || *path != '/' || settings().socket == nullptr) return Kind::none;
  for (const char* parent : parents) {
    const char* rest = after(path, parent);
    if (rest != nullptr && nothing_but_slashes(rest)) return Kind::parent;
  }
  const char* rest = below_adapter(path);
  if (rest == nullptr) return Kind::none;
  if (after(path, "/dev/") != nullptr) return *rest == 0 ? Kind::device : Kind::none;
  if (nothing_but_slashes(rest)) return Kind::adapter;
  return attribute_of(path) != nullptr ? Kind::attribute : Kind::none;
}

const char* attribute_of(const char* path) {
  const char* rest = below_adapter(path);
  if (rest == nullptr) return nullptr;
  if (std::strcmp(rest, "/name") == 0 || std::strcmp(rest, "/device/name") == 0) {
    return "picoctl virtual bus\n";
  }
  static char numbers[24];
  std::snprintf(numbers, sizeof numbers, "89:%d\n", settings().bus);
  return std::strcmp(rest, "/dev") == 0 ? numbers : nullptr;
}

}  // namespace picoctl::shim
