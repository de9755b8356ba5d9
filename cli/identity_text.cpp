#include "identity_text.hpp"

#include <fmt/format.h>

namespace picoctl::cli {
namespace {

std::string firmware(const Identity& identity) {
  return fmt::format("{}.{}.{}", identity.firmware.major, identity.firmware.minor,
                     identity.firmware.patch);
}

std::string protocol(const Identity& identity) {
  return fmt::format("{}.{}", identity.version.major, identity.version.minor);
}

}  // namespace

std::string chip_name(Chip chip) {
  switch (chip) {
    case Chip::virtual_pico: return "virtual";
    case Chip::rp2040: return "RP2040";
    case Chip::rp2350: return "RP2350";
  }
  return fmt::format("chip {}", static_cast<unsigned>(chip));
}

std::string identity_line(const Identity& identity) {
  return fmt::format("{}  firmware {}  protocol {}  id {:016x}{}{}", chip_name(identity.chip),
                     firmware(identity), protocol(identity), identity.unique_id,
                     identity.safe_mode ? "  in safe mode" : "",
                     identity.contested ? "  heard another at its address" : "");
}

nlohmann::json identity_json(const Identity& identity) {
  return {{"chip", chip_name(identity.chip)},
          {"firmware", firmware(identity)},
          {"protocol", protocol(identity)},
          {"unique_id", fmt::format("{:016x}", identity.unique_id)},
          {"max_request", identity.max_request},
          {"max_reply", identity.max_reply},
          {"sessions", identity.slots},
          {"safe_mode", identity.safe_mode},
          {"contested", identity.contested}};
}

}  // namespace picoctl::cli
