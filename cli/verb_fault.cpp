// picoctl fault: makes a virtual bus misbehave, so that programs can be tried against it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "bus_path.hpp"
#include "context.hpp"
#include "picoctl/controller/faults.hpp"
#include "reply_text.hpp"

namespace picoctl::cli {
namespace {

constexpr const char* states[] = {"present", "vanished", "frozen"};

struct FaultArguments {
  std::string name;
  std::string skip;
  std::map<std::string, std::string, std::less<>> numbers;
  std::map<std::string, bool, std::less<>> flags;

  bool given(std::string_view option) const {
    const auto number = numbers.find(option);
    if (number != numbers.end()) return !number->second.empty();
    const auto flag = flags.find(option);
    return flag != flags.end() && flag->second;
  }
};

std::uint32_t number_in(std::string_view option, const std::string& text, std::uint32_t most) {
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
  const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9' && *end == '\0';
  if (!digits || value > most) {
    fail_with(Error::usage, fmt::format("--{} {}: a number from 0 to {}", option, text, most));
  }
  return static_cast<std::uint32_t>(value);
}

// "0x41", or "#2": the third row of the list.
std::uint16_t device_in(const std::string& text) {
  if (!text.starts_with('#')) return static_cast<std::uint16_t>(number_in("device", text, 0x7F));
  const auto row = number_in("device", text.substr(1), socket::max_rows);
  return static_cast<std::uint16_t>(socket::by_index + row);
}

std::string options_line(const FaultInfo& fault) {
  std::string line;
  for (const FaultOption& one : fault.options) {
    if (one.name.empty()) continue;
    const std::string word =
        fmt::format("--{}{}", one.name, one.field == FaultField::off ? "" : " N");
    line += one.needed ? word + " " : fmt::format("[{}] ", word);
  }
  return line + (fault.waits ? "[--skip N]" : "");
}

void check_options(const FaultInfo& fault, const FaultArguments& arguments) {
  const auto takes = [&](std::string_view name) {
    return std::ranges::count(fault.options, name, &FaultOption::name) > 0;
  };
  const auto refuse = [&](std::string_view what) {
    fail_with(Error::usage, fmt::format("{} {}; it is used as: picoctl fault {} {}", fault.name,
                                        what, fault.name, options_line(fault)));
  };
  for (const FaultOption& one : fault.options) {
    if (one.needed && !arguments.given(one.name)) refuse(fmt::format("needs --{}", one.name));
  }
  for (const auto& [name, text] : arguments.numbers) {
    if (!text.empty() && !takes(name)) refuse(fmt::format("takes no --{}", name));
  }
  for (const auto& [name, on] : arguments.flags) {
    if (on && !takes(name)) refuse(fmt::format("takes no --{}", name));
  }
  if (!arguments.skip.empty() && !fault.waits) refuse("takes no --skip");
}

socket::FaultRequest request_from(const FaultInfo& fault, const FaultArguments& arguments) {
  socket::FaultRequest request{.fault = fault.fault};
  if (!arguments.skip.empty()) request.skip = number_in("skip", arguments.skip, 1'000'000);
  for (const FaultOption& one : fault.options) {
    if (one.name == "times") request.value = 1;
    if (one.name.empty() || !arguments.given(one.name)) continue;
    if (one.field == FaultField::off) {
      request.on = false;
    } else if (one.name == "device") {
      request.address = device_in(arguments.numbers.find(one.name)->second);
    } else {
      const bool wide = one.field == FaultField::value;
      const std::uint32_t most = one.name == "to" ? 0x7F : wide ? 1'000'000 : 0xFFFF;
      const std::uint32_t number =
          number_in(one.name, arguments.numbers.find(one.name)->second, most);
      if (wide) request.value = number;
      if (!wide) request.address = static_cast<std::uint16_t>(number);
    }
  }
  return request;
}

int list_faults(const Context& context) {
  if (context.json()) {
    nlohmann::json rows = nlohmann::json::array();
    for (const FaultInfo& fault : fault_table()) {
      nlohmann::json row{{"name", fault.name}, {"help", fault.help}, {"waits", fault.waits}};
      row["options"] = nlohmann::json::object();
      for (const FaultOption& one : fault.options) {
        if (!one.name.empty()) row["options"][std::string(one.name)] = one.help;
      }
      rows.push_back(std::move(row));
    }
    print_json({{"faults", std::move(rows)}});
    return 0;
  }
  for (const FaultInfo& fault : fault_table()) {
    fmt::print("{}  {}\n", context.out(Tone::strong, fault.name), options_line(fault));
    fmt::print("    {}\n", fault.help);
    for (const FaultOption& one : fault.options) {
      if (!one.name.empty()) fmt::print("    --{}: {}\n", one.name, one.help);
    }
  }
  return 0;
}

int show_state(const Context& context, FaultInjector& injector) {
  const auto report = need(injector.report());
  const socket::Report& totals = report.totals;
  nlohmann::json object{
      {"pending", totals.faults_pending},    {"applied", totals.faults_applied},
      {"missed", totals.faults_missed},      {"sda_held", (totals.lines & 1) != 0},
      {"scl_held", (totals.lines & 2) != 0}, {"devices", nlohmann::json::array()}};
  for (const socket::DeviceRow& row : report.devices) {
    object["devices"].push_back({{"index", row.index},
                                 {"address", row.address},
                                 {"state", states[static_cast<int>(row.state)]},
                                 {"name", row.name}});
  }
  if (context.json()) {
    print_json(object);
    return 0;
  }
  fmt::print("{} waiting, {} struck, {} found nothing to strike; SDA {}, SCL {}\n",
             totals.faults_pending, totals.faults_applied, totals.faults_missed,
             (totals.lines & 1) != 0 ? "held low" : "free",
             (totals.lines & 2) != 0 ? "held low" : "free");
  for (const socket::DeviceRow& row : report.devices) {
    fmt::print("  #{} {} {}: {}\n", row.index, hex_address(row.address), row.name,
               states[static_cast<int>(row.state)]);
  }
  return 0;
}

int make_fault(const Context& context, const FaultArguments& arguments) {
  if (arguments.name == "list") return list_faults(context);
  const FaultInfo* fault = find_fault(arguments.name);
  if (!arguments.name.empty() && fault == nullptr) {
    fail_with(Error::usage,
              fmt::format("there is no fault '{}': see picoctl fault list", arguments.name));
  }
  if (fault != nullptr) check_options(*fault, arguments);
  FaultInjector injector = need(FaultInjector::open(wanted_socket(context)));
  if (fault != nullptr) {
    const socket::FaultRequest request = request_from(*fault, arguments);
    need(injector.inject(request));
  }
  return show_state(context, injector);
}

}  // namespace

void add_fault(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("fault", "Make a virtual bus misbehave");
  auto arguments = std::make_shared<FaultArguments>();
  verb->add_option("FAULT", arguments->name, "Its name, or 'list'; without it, how things stand");
  const auto number = [&](const char* name, const char* help) {
    verb->add_option(std::string("--") + name, arguments->numbers[name], help)->type_name("N");
  };
  number("at", "The bit, byte or clock pulse that it strikes");
  number("times", "How many transfers in a row");
  number("device", "Whom it strikes: an address, or #N of the list");
  number("pulses", "hold_sda: clock pulses until SDA is free");
  number("pattern", "burst: which bits are inverted");
  number("us", "stretch: for how long");
  number("to", "answer_at: the second address");
  for (const char* name : {"off", "missed", "forever"}) arguments->flags[name] = false;
  verb->add_flag("--off", arguments->flags["off"], "End it");
  verb->add_flag("--missed", arguments->flags["missed"], "slip: the pulse is missed, not doubled");
  verb->add_flag("--forever", arguments->flags["forever"],
                 "stretch: until the controller gives up");
  verb->add_option("--skip", arguments->skip, "Transfers that pass before it strikes (0)")
      ->type_name("N");
  verb->footer(
      "Nothing is damaged until you ask for it, and a real bus never is. It strikes the next\n"
      "transfer, whoever makes it; 'clear' ends everything. Programs that use picoctl go on:\n"
      "a command runs once or is reported.\n\n"
      "Examples:\n"
      "  picoctl fault list                                 every fault and its options\n"
      "  picoctl fault flip_bit --at 20 --skip 2            a bit of the third transfer from now\n"
      "  picoctl fault vanish --device 0x41                 the Pico is unplugged\n"
      "  picoctl fault reset --device 0x41 --at 5           it restarts amid a command\n"
      "  picoctl fault inject_panic --at 23                 the controller dies amid a byte\n"
      "  picoctl fault clear                                all is well again\n"
      "  picoctl fault --json");
  verb->callback([&context, arguments] {
    context.run = [&context, arguments] { return make_fault(context, *arguments); };
  });
}

}  // namespace picoctl::cli
