// picoctl get, picoctl set: a Pico's plain registers, as i2cget and i2cset see them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "context.hpp"
#include "reply_text.hpp"

namespace picoctl::cli {
namespace {

using Words = std::vector<std::string>;

int get(const Context& context, const Words& names) {
  Connected connected = context.connect();
  nlohmann::json object = nlohmann::json::object();
  for (const std::string& name : names) {
    const Value value = need(connected.pico.get(name));
    if (context.json()) {
      object[name] = reply_json(value);
    } else if (names.size() == 1) {
      fmt::print("{}\n", value_text(value));
    } else {
      fmt::print("{}={}\n", name, value_text(value));
    }
  }
  if (context.json()) print_json({{"values", std::move(object)}});
  if (!context.json() && connected.on.by_default) fmt::print(stderr, "(virtual Pico)\n");
  return 0;
}

int set(const Context& context, const std::string& name, const Words& words) {
  Connected connected = context.connect();
  const std::vector<Value> values(words.begin(), words.end());
  need(connected.pico.set_values(name, values));
  if (context.json()) {
    print_json({{"register", name}, {"written", words}});
  } else {
    fmt::print(stderr, "{}: written at {}\n", name, connected.where());
  }
  return 0;
}

}  // namespace

void add_get(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("get", "Read a Pico's plain registers");
  auto names = std::make_shared<Words>();
  verb->add_option("REGISTER", *names, "Names or numbers; see picoctl info")->required();
  verb->footer(
      "Plain registers are what i2cget and i2cset see. They are outside the link's checks: use\n"
      "'picoctl call' where a damaged bit must not matter.\n\n"
      "Examples:\n"
      "  picoctl get light1\n"
      "  picoctl get 0x01 0x02 --json");
  verb->callback([&context, names] {
    context.run = [&context, names] { return get(context, shown(*names)); };
  });
}

void add_set(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("set", "Write a Pico's plain registers");
  auto name = std::make_shared<std::string>();
  auto values = std::make_shared<Words>();
  verb->add_option("REGISTER", *name, "Name or number of the first; see picoctl info")->required();
  verb->add_option("VALUE", *values, "For it and for those behind it; 4 bytes at most")->required();
  verb->footer(
      "The same as i2cset: outside the link's checks, and a value written twice may be seen "
      "once.\n\n"
      "Examples:\n"
      "  picoctl set light1 1\n"
      "  picoctl set 0x00 1 0 1          registers 0, 1 and 2");
  verb->callback([&context, name, values] {
    context.run = [&context, name, values] { return set(context, *name, shown(*values)); };
  });
}

}  // namespace picoctl::cli
