#include "picoctl/controller/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "picoctl/commands/system.hpp"
#include "picoctl/controller/pico.hpp"
#include "picoctl/controller/scan.hpp"
#include "probe.hpp"
#include "public_call.hpp"
#include "session.hpp"
#include "text.hpp"

namespace picoctl {
namespace {

using namespace std::chrono_literals;
using controller::Wire;

constexpr auto silence = 500ms;      // of each Pico that was read
constexpr auto asking_time = 100ms;  // for a MOVE; it acts 50 ms later at the latest
constexpr auto acting_time = 60ms;
// By the Pi's clock. An emulated Pico's may be slow, on a busy machine twenty times.
constexpr auto longest_acting = 1s;
constexpr auto longest_return = 20s;
constexpr auto between_looks = 5ms;
constexpr auto saving_time = 5s;  // flash is erased and written
constexpr std::size_t most = 16;  // Picos at one address

Expected<void> check_usable(Bus& bus, std::uint8_t address) {
  if (address < first_scanned_address || address > last_scanned_address) {
    return fail(Error::bad_address, controller::hex_byte(address));
  }
  if (bus.in_use(address)) {
    return fail(Error::bus_in_use,
                fmt::format("{} on {}", controller::hex_byte(address), bus.name()));
  }
  return {};
}

// Whether it was obeyed can be seen afterwards only: what answers may be another Pico.
void tell(Wire& wire, LinkCounters& counters, const MoveRequest& move) {
  std::array<std::uint8_t, move_request_size> payload{};
  Writer writer(payload);
  encode(writer, move);
  static_cast<void>(controller::public_call(
      wire, counters, PublicCommand::move, payload,
      {.until = wire.bus().now() + asking_time, .bus_errors = controller::public_tries}));
}

bool knows(const std::vector<Identity>& picos, std::uint64_t unique_id) {
  return std::ranges::any_of(
      picos, [unique_id](const Identity& one) { return one.unique_id == unique_id; });
}

// Whether the Pico that was read last is silent, or going to be: for so long it may take.
bool falls_silent(Wire& wire, std::uint64_t unique_id) {
  const auto until = wire.bus().now() + longest_acting;
  while (true) {
    const auto identity = controller::read_identity(wire);
    if (!identity || identity->unique_id != unique_id) return true;
    if (wire.bus().now() >= until) return false;
    wire.bus().sleep(between_looks);
  }
}

Expected<AtAddress> ask_all(Wire& wire, LinkCounters& counters) {
  AtAddress found;
  while (found.picos.size() < most) {
    const auto identity = controller::read_identity(wire);
    if (!identity && found.picos.empty()) return Unexpected{identity.error()};
    if (!identity) return found;
    if (knows(found.picos, identity->unique_id)) break;
    found.picos.push_back(*identity);
    wire.set_mailbox(identity->mailbox);
    tell(wire, counters, {controller::random_nonce(), identity->unique_id, 0, silence / 1ms});
    if (!falls_silent(wire, identity->unique_id)) break;
  }
  found.all_known = false;
  return found;
}

// Who goes on with this bus finds all of them there.
void wait_until_back(Wire& wire, std::uint64_t winner) {
  const auto until = wire.bus().now() + longest_return;
  do {
    wire.bus().sleep(silence + acting_time);
    const auto identity = controller::read_identity(wire);
    if (identity && identity->unique_id == winner) return;
  } while (wire.bus().now() < until);
}

Expected<void> check_free(Bus& bus, std::uint8_t address) {
  if (auto usable = check_usable(bus, address); !usable) return usable;
  if (!bus.has_quick() && !controller::is_read_probed(address)) return {};
  const auto taken = controller::answers(bus, address);
  if (!taken) return Unexpected{taken.error()};
  if (!*taken) return {};
  return fail(Error::address_taken,
              fmt::format("{} on {}", controller::hex_byte(address), bus.name()));
}

Expected<Identity> find_moved(Wire& wire, const Move& move) {
  const auto until = wire.bus().now() + longest_acting;
  while (true) {
    const auto identity = controller::read_identity(wire);
    if (identity && identity->unique_id == move.unique_id) return *identity;
    if (wire.bus().now() >= until) break;
    wire.bus().sleep(between_looks);
  }
  return controller::failure_at(wire, Error::not_moved,
                                fmt::format(": {:016x} is not there", move.unique_id));
}

// By a session there, so that no other Pico can take it for its own.
Expected<void> keep_address(Bus& bus, std::uint8_t address) {
  const std::shared_ptr<Bus> borrowed(std::shared_ptr<Bus>(), &bus);
  ConnectOptions options;
  options.address = address;
  options.call = CallOptions{saving_time};
  auto pico = connect(borrowed, options);
  if (!pico) return Unexpected{pico.error()};
  const auto kept = pico->call<system::Address>({address});
  if (!kept) return Unexpected{kept.error()};
  return {};
}

}  // namespace

Expected<AtAddress> picos_at(Bus& bus, std::uint8_t address) {
  if (auto usable = check_usable(bus, address); !usable) return Unexpected{usable.error()};
  LinkCounters counters;
  Wire wire(bus, address, counters);
  auto found = ask_all(wire, counters);
  if (found) wait_until_back(wire, found->picos.front().unique_id);
  return found;
}

Expected<Identity> move_pico(Bus& bus, const Move& move) {
  if (auto usable = check_usable(bus, move.from); !usable) return Unexpected{usable.error()};
  if (auto free = check_free(bus, move.to); !free) return Unexpected{free.error()};
  LinkCounters counters;
  Wire wire(bus, move.from, counters);
  const auto there = controller::read_identity(wire);
  if (!there) return Unexpected{there.error()};
  wire.set_mailbox(there->mailbox);
  tell(wire, counters, {controller::random_nonce(), move.unique_id, move.to, 0});
  Wire moved(bus, move.to, counters);
  auto identity = find_moved(moved, move);
  if (!identity || !move.keep) return identity;
  if (auto kept = keep_address(bus, move.to); !kept) return Unexpected{kept.error()};
  return identity;
}

}  // namespace picoctl
