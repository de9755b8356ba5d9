#include "picoctl/controller/scan.hpp"

#include <algorithm>
#include <array>

#include "probe.hpp"
#include "session.hpp"
#include "text.hpp"
#include "wire.hpp"

namespace picoctl {
namespace {

using controller::answers;
using controller::is_read_probed;
using controller::Wire;
using Kind = Found::Kind;

bool may_be_pico(std::uint8_t address, const ScanOptions& options) {
  if (address >= first_pico_address && address <= last_pico_address) return true;
  return std::find(options.named.begin(), options.named.end(), address) != options.named.end();
}

// One try, so that a scan is quick. But what is there is asked again if it speaks unclearly.
Expected<std::optional<Found>> ask_who(Bus& bus, std::uint8_t address) {
  LinkCounters counters;
  Wire wire(bus, address, counters);
  const std::array<std::uint8_t, 1> from{registers::identity};
  Found found{address, Kind::device, {}, {}, {}};
  for (int attempt = 0; attempt < 3 && !found.identity; ++attempt) {
    const auto asked = wire.ask(from, registers::identity_size);
    if (!asked && asked.error().error == Error::no_answer) {
      if (attempt == 0) return std::optional<Found>();
      continue;
    }
    if (!asked) return Unexpected{asked.error()};
    found.identity = decode_identity(wire.answer(), address);
  }
  if (found.identity) found.kind = Kind::pico;
  return std::optional<Found>(std::move(found));
}

void ask_name(Bus& bus, Found& found) {
  // The scan's caller keeps the bus.
  const std::shared_ptr<Bus> borrowed(std::shared_ptr<Bus>(), &bus);
  ConnectOptions options;
  options.address = found.address;
  options.wait_for_slot = std::chrono::milliseconds(500);
  auto pico = connect(borrowed, options);
  if (!pico) {
    found.trouble = pico.error();
  } else if (auto name = pico->name()) {
    found.name = *name;
  } else {
    found.trouble = name.error();
  }
}

Expected<std::optional<Found>> look_at(Bus& bus, std::uint8_t address, const ScanOptions& options,
                                       ScanResult& result) {
  if (bus.in_use(address)) return std::optional<Found>({address, Kind::in_use, {}, {}, {}});
  if (may_be_pico(address, options)) return ask_who(bus, address);
  if (!is_read_probed(address) && !bus.has_quick()) {
    result.skipped.push_back(address);
    return std::optional<Found>();
  }
  const auto there = answers(bus, address);
  if (!there) return Unexpected{there.error()};
  if (!*there) return std::optional<Found>();
  return std::optional<Found>({address, Kind::device, {}, {}, {}});
}

Expected<ScanResult> look_around(Bus& bus, const ScanOptions& options) {
  ScanResult result;
  for (std::uint8_t address = first_scanned_address; address <= last_scanned_address; ++address) {
    if (options.only_picos && !may_be_pico(address, options)) continue;
    auto found = look_at(bus, address, options, result);
    if (!found) return Unexpected{found.error()};
    if (!*found) continue;
    if ((*found)->kind == Kind::pico && options.with_names) ask_name(bus, **found);
    result.found.push_back(std::move(**found));
  }
  return result;
}

bool has_pico(const ScanResult& result) {
  return std::ranges::any_of(result.found,
                             [](const Found& found) { return found.kind == Kind::pico; });
}

}  // namespace

Expected<ScanResult> scan(Bus& bus, const ScanOptions& options) {
  for (const std::uint8_t address : options.named) {
    if (address < first_scanned_address || address > last_scanned_address) {
      return fail(Error::bad_address, controller::hex_byte(address));
    }
  }
  // Who looks for a Pico wants one: a single bit that flipped must not make it absent.
  auto result = look_around(bus, options);
  for (int again = 0; again < 2 && options.only_picos && result && !has_pico(*result); ++again) {
    result = look_around(bus, options);
  }
  return result;
}

}  // namespace picoctl
