// What is on a bus, without writing a byte to a stranger.
//
// Asking who somebody is writes one byte (the register number), and there are chips for which any
// byte is an act. So that is asked only at picoctl's own addresses 0x41-0x48 and where the user
// names one. All others are probed as i2cdetect does it: 0x30-0x37 and 0x50-0x5F by reading a byte,
// the rest by a write of no bytes; where the adapter cannot do that, they are skipped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/pico.hpp"
#include "picoctl/link/identity.hpp"

namespace picoctl {

inline constexpr std::uint8_t first_pico_address = 0x41;
inline constexpr std::uint8_t last_pico_address = 0x48;
inline constexpr std::uint8_t first_scanned_address = 0x08;
inline constexpr std::uint8_t last_scanned_address = 0x77;

struct Found {
  enum class Kind : std::uint8_t {
    pico,    // a picoctl Pico: see identity
    device,  // something that answers
    in_use,  // a kernel driver holds the address; it was left alone
  };
  std::uint8_t address = 0;
  Kind kind = Kind::device;
  std::optional<Identity> identity;  // pico
  std::optional<PicoName> name;      // pico that this library can talk to
  std::optional<Failure> trouble;    // pico whose name could not be asked, e.g. version_mismatch
};

struct ScanOptions {
  std::vector<std::uint8_t> named;  // ask these too who they are
  bool only_picos = false;          // look at 0x41-0x48 and the named ones, at nobody else
  bool with_names = true;           // open a session with each Pico to ask its name
};

struct ScanResult {
  std::vector<Found> found;           // by address
  std::vector<std::uint8_t> skipped;  // not probed: the adapter has no SMBus quick
};

// Failures: bad_address (of a named one), bus_stuck, bus_io and the like if the bus itself fails.
Expected<ScanResult> scan(Bus& bus, const ScanOptions& options = {});

}  // namespace picoctl
