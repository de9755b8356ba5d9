// picoctl scan: who is on the bus.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "context.hpp"
#include "identity_text.hpp"
#include "picoctl/controller/scan.hpp"

namespace picoctl::cli {
namespace {

nlohmann::json found_json(const Found& found) {
  nlohmann::json object{{"address", found.address}};
  switch (found.kind) {
    case Found::Kind::pico: object["kind"] = "pico"; break;
    case Found::Kind::device: object["kind"] = "device"; break;
    case Found::Kind::in_use: object["kind"] = "in_use"; break;
  }
  if (found.identity) object.update(identity_json(*found.identity));
  if (found.name) {
    object["name"] = found.name->name;
    object["board"] = found.name->board;
  }
  if (found.trouble) object["trouble"] = failure_json(*found.trouble);
  return object;
}

std::string words_for(const Context& context, const Found& found) {
  if (found.kind == Found::Kind::in_use) return "a device that a kernel driver uses";
  if (found.kind == Found::Kind::device || !found.identity) return "another device";
  const std::string name =
      found.name && !found.name->name.empty() ? found.name->name : "picoctl Pico";
  std::string words = fmt::format("{}  {}", context.out(Tone::strong, padded(name, 16)),
                                  identity_line(*found.identity));
  if (found.trouble) words += "\n      " + context.out(Tone::bad, summary(*found.trouble));
  return words;
}

void print_found(const Context& context, const ScanResult& result) {
  for (const Found& found : result.found) {
    fmt::print("{}  {}\n", hex_address(found.address), words_for(context, found));
  }
  if (result.skipped.empty()) return;
  fmt::print(stderr, "{} addresses could not be probed: this adapter has no SMBus quick\n",
             result.skipped.size());
}

int scan_bus(const Context& context, const std::vector<std::string>& named) {
  ScanOptions options;
  for (const std::string& address : named) options.named.push_back(parse_address(address));
  if (!context.options.address.empty()) {
    options.named.push_back(parse_address(context.options.address));
  }
  const Opened opened = context.open();
  ScanResult result = need(scan(*opened.bus, options));
  if (!context.options.name.empty()) {
    std::erase_if(result.found, [&context](const Found& found) {
      return !found.name || found.name->name != context.options.name;
    });
  }
  const bool any = std::ranges::any_of(
      result.found, [](const Found& found) { return found.kind == Found::Kind::pico; });
  if (context.json()) {
    nlohmann::json list = nlohmann::json::array();
    for (const Found& found : result.found) list.push_back(found_json(found));
    nlohmann::json object{{"bus", opened.bus->name()}, {"found", std::move(list)}};
    object["virtual"] = opened.bus->is_virtual();
    if (!any) object["error"] = failure_json({Error::no_pico_found, Outcome::not_run, {}});
    print_json(object);
    return any ? 0 : exit_code({Error::no_pico_found, Outcome::not_run, {}});
  }
  fmt::print(stderr, "{}\n", opened.by_default ? opened.name() : "on " + opened.name());
  print_found(context, result);
  if (!any) fail_with(Error::no_pico_found, "on " + opened.bus->name());
  return 0;
}

}  // namespace

void add_scan(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("scan", "Which Picos and other devices are on the bus");
  auto named = std::make_shared<std::vector<std::string>>();
  verb->add_option("ADDRESS", *named, "Addresses that may be asked too whether they are Picos");
  verb->footer(
      "Asks for an identity only at picoctl's own addresses 0x41-0x48 and at those you name:\n"
      "to a stranger nothing is written, for to some chips any byte is a command.\n\n"
      "Examples:\n"
      "  picoctl scan                  the virtual Pico, or the bus on the Pi's header\n"
      "  picoctl --bus i2c:1 scan      the bus on the Pi's header\n"
      "  picoctl scan 0x20             asks at 0x20 as well\n"
      "  picoctl --name plotter scan   only Picos of that name (picoctl call system.name plotter)");
  verb->callback(
      [&context, named] { context.run = [&context, named] { return scan_bus(context, *named); }; });
}

}  // namespace picoctl::cli
