// picoctl address: who answers at an address, also behind another Pico, and moving one of them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "context.hpp"
#include "identity_text.hpp"
#include "picoctl/controller/address.hpp"
#include "picoctl/controller/scan.hpp"

namespace picoctl::cli {
namespace {

struct AddressArguments {
  std::string to;
  std::string id;
  bool keep = false;
};

struct Place {
  std::uint8_t address;
  AtAddress found;
};

std::uint64_t parse_id(const std::string& text) {
  std::uint64_t id = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, id, 16);
  if (text.size() != 16 || read.ec != std::errc{} || read.ptr != end) {
    fail_with(Error::usage,
              fmt::format("--id {}: 16 hexadecimal digits, as shown by this verb", text));
  }
  return id;
}

std::string id_text(std::uint64_t id) { return fmt::format("{:016x}", id); }

// The one that was named, else all at which picoctl looks by itself.
std::vector<std::uint8_t> addresses(const Context& context, Bus& bus) {
  if (!context.options.address.empty()) return {parse_address(context.options.address)};
  const auto seen = need(scan(bus, {.named = {}, .only_picos = true, .with_names = false}));
  std::vector<std::uint8_t> list;
  for (const Found& one : seen.found) {
    if (one.kind == Found::Kind::pico) list.push_back(one.address);
  }
  if (list.empty()) fail_with(Error::no_pico_found, "none at 0x41-0x48 on " + bus.name());
  return list;
}

std::vector<Place> look(const Context& context, Bus& bus) {
  std::vector<Place> places;
  for (const std::uint8_t address : addresses(context, bus)) {
    places.push_back({address, need(picos_at(bus, address))});
  }
  return places;
}

nlohmann::json place_json(const Place& place) {
  nlohmann::json picos = nlohmann::json::array();
  for (const Identity& one : place.found.picos) picos.push_back(identity_json(one));
  return {{"address", place.address},
          {"picos", std::move(picos)},
          {"shared", place.found.picos.size() > 1},
          {"all_known", place.found.all_known}};
}

void print_place(const Context& context, const Place& place) {
  for (const Identity& one : place.found.picos) {
    fmt::print("{}  {}\n", hex_address(place.address), identity_line(one));
  }
  if (place.found.picos.size() > 1) {
    fmt::print(
        "      {}\n",
        context.out(Tone::bad, fmt::format("{} Picos share this address; move one: picoctl "
                                           "--address {} address NEW --id {} --keep",
                                           place.found.picos.size(), hex_address(place.address),
                                           id_text(place.found.picos.back().unique_id))));
  }
  if (!place.found.all_known) {
    fmt::print("      it cannot be silent on request: whether it hides another is not known\n");
  }
}

int show(const Context& context, const Opened& opened) {
  const auto places = look(context, *opened.bus);
  if (!context.json()) {
    fmt::print(stderr, "{}\n", opened.by_default ? opened.name() : "on " + opened.name());
    for (const Place& place : places) print_place(context, place);
    return 0;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const Place& place : places) list.push_back(place_json(place));
  print_json({{"bus", opened.bus->name()},
              {"virtual", opened.bus->is_virtual()},
              {"addresses", std::move(list)}});
  return 0;
}

// Without --id only if there is nobody else whom it could mean.
Move which(const Context& context, Bus& bus, const AddressArguments& arguments) {
  Move move{.to = parse_address(arguments.to), .keep = arguments.keep};
  if (!arguments.id.empty()) move.unique_id = parse_id(arguments.id);
  if (!arguments.id.empty() && !context.options.address.empty()) {
    move.from = parse_address(context.options.address);
    return move;
  }
  std::string others;
  std::size_t count = 0;
  for (const Place& place : look(context, bus)) {
    for (const Identity& one : place.found.picos) {
      if (!arguments.id.empty() && one.unique_id != move.unique_id) continue;
      others += fmt::format("{}{} at {}", count++ == 0 ? "" : ", ", id_text(one.unique_id),
                            hex_address(place.address));
      move.from = place.address;
      move.unique_id = one.unique_id;
    }
  }
  if (count == 0) fail_with(Error::no_pico_found, "none has the id " + arguments.id);
  if (count > 1) fail_with(Error::several_picos, others + ": say which with --id");
  return move;
}

int move_one(const Context& context, const Opened& opened, const AddressArguments& arguments) {
  const Move move = which(context, *opened.bus, arguments);
  const Identity moved = need(move_pico(*opened.bus, move));
  if (context.json()) {
    nlohmann::json object = identity_json(moved);
    object.update({{"bus", opened.bus->name()}, {"address", move.to}, {"kept", move.keep}});
    print_json(object);
  } else {
    fmt::print("{} is at {} now{}\n", id_text(moved.unique_id), hex_address(move.to),
               move.keep ? ", and stays there" : ", until it starts anew");
  }
  return 0;
}

}  // namespace

void add_address(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("address", "Who has which address; give a Pico another");
  auto arguments = std::make_shared<AddressArguments>();
  verb->add_option("NEW", arguments->to, "The address to move to; without it all are shown");
  verb->add_option("--id", arguments->id, "Unique id of the Pico to move")->type_name("ID");
  verb->add_flag("--keep", arguments->keep, "In its flash; else until it starts anew");
  verb->footer(
      "Two Picos at one address look like one: commands are obeyed by one of them only. This "
      "tells\n"
      "each in turn to be silent for half a second, by its unique id, and so finds them all. "
      "Other\n"
      "programs may meet nobody meanwhile.\n\n"
      "Examples:\n"
      "  picoctl address                                 all at 0x41-0x48\n"
      "  picoctl --address 0x41 address --json\n"
      "  picoctl --address 0x41 address 0x42             the only one there\n"
      "  picoctl --address 0x41 address 0x42 --id e66138528350fb27 --keep");
  verb->callback([&context, arguments] {
    context.run = [&context, arguments] {
      if (arguments->to.empty() && (arguments->keep || !arguments->id.empty())) {
        fail_with(Error::usage, "--id and --keep belong to a NEW address");
      }
      const Opened opened = context.open();
      return arguments->to.empty() ? show(context, opened) : move_one(context, opened, *arguments);
    };
  });
}

}  // namespace picoctl::cli
