#include "which_pico.hpp"

#include <fmt/format.h>

#include "picoctl/controller/scan.hpp"
#include "text.hpp"

namespace picoctl::controller {
namespace {

void append(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

// Those who are meant and those who are not, for the message if it is not exactly one.
struct Choice {
  std::string meant;
  std::string others;
  std::uint8_t address = 0;
  unsigned count = 0;

  void add(std::uint8_t at, bool is_meant, const std::string& text) {
    append(is_meant ? meant : others, text);
    if (is_meant && count++ == 0) address = at;
  }
};

Expected<std::uint8_t> only_pico(Bus& bus) {
  const auto result = scan(bus, {.named = {}, .only_picos = true, .with_names = false});
  if (!result) return Unexpected{result.error()};
  Choice choice;
  for (const Found& found : result->found) {
    choice.add(found.address, found.kind == Found::Kind::pico, hex_byte(found.address));
  }
  if (choice.count == 1) return choice.address;
  if (choice.count > 1) {
    return fail(Error::several_picos, fmt::format("{} on {}", choice.meant, bus.name()));
  }
  return fail(
      Error::no_pico_found,
      fmt::format(
          "none at 0x41-0x48 on {}{}", bus.name(),
          choice.others.empty() ? "" : fmt::format("; {} is something else", choice.others)));
}

// A Pico whose name could not be asked may be the one, so its trouble is told.
std::string described(const Found& found, bool is_meant) {
  std::string address = hex_byte(found.address);
  if (is_meant) return address;
  if (found.name) return fmt::format("{} '{}'", address, printable(found.name->name));
  return fmt::format("{}, which did not say its name ({})", address,
                     found.trouble ? name(found.trouble->error) : "no reason given");
}

Expected<std::uint8_t> pico_named(Bus& bus, const std::string& wanted,
                                  std::optional<std::uint8_t> at) {
  ScanOptions options{.named = {}, .only_picos = true, .with_names = true};
  if (at) options.named.push_back(*at);
  const auto result = scan(bus, options);
  if (!result) return Unexpected{result.error()};
  Choice choice;
  for (const Found& found : result->found) {
    if (found.kind != Found::Kind::pico || (at && found.address != *at)) continue;
    const bool is_meant = found.name && found.name->name == wanted;
    choice.add(found.address, is_meant, described(found, is_meant));
  }
  if (choice.count == 1) return choice.address;
  const std::string called = fmt::format("called '{}' on {}", printable(wanted), bus.name());
  if (choice.count > 1) {
    return fail(Error::several_picos, fmt::format("{} are all {}", choice.meant, called));
  }
  return fail(Error::no_pico_found,
              fmt::format("none is {}{}", called,
                          choice.others.empty() ? "" : "; there is " + choice.others));
}

Expected<std::uint8_t> free_address(Bus& bus, std::uint8_t address) {
  if (address < first_scanned_address || address > last_scanned_address) {
    return fail(Error::bad_address, hex_byte(address));
  }
  if (bus.in_use(address)) {
    return fail(Error::bus_in_use, fmt::format("{} on {}", hex_byte(address), bus.name()));
  }
  return address;
}

}  // namespace

Expected<std::uint8_t> which_pico(Bus& bus, const ConnectOptions& options) {
  if (options.name) return pico_named(bus, *options.name, options.address);
  if (options.address) return free_address(bus, *options.address);
  return only_pico(bus);
}

}  // namespace picoctl::controller
