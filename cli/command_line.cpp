// The command line of picoctl: from words to what is to be done.
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include "command_words.hpp"
#include "version.hpp"

namespace picoctl::cli {
namespace {

constexpr const char* about =
    "picoctl: a Raspberry Pi commands Raspberry Pi Picos over two wires (I2C).\n\n"
    "No Pico at hand? Start a virtual one: picoctl virtual";

constexpr const char* more =
    "Examples:\n"
    "  picoctl virtual &                 a virtual Pico; all verbs find it by themselves\n"
    "  picoctl info                      what this Pico can do\n"
    "  picoctl call led 1 on             a light goes on\n"
    "  picoctl trace -- call led 1 on    the same, bit by bit on the wires\n"
    "  picoctl --bus i2c:1 scan          real Picos on the Pi's header\n"
    "  picoctl VERB --help               each verb teaches itself\n\n"
    "Environment:\n"
    "  PICOCTL_BUS   the bus when --bus is not given: i2c:1 or virtual:PATH\n"
    "  NO_COLOR      no colours, whatever the terminal\n\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  the command reached the Pico, and the Pico said no\n"
    "  2  the request makes no sense; nothing was sent\n"
    "  3  no bus, no Pico, no answer; the command did not run\n"
    "  4  outcome unknown: the command ran once or not at all\n"
    "  5  the command still runs; its answer did not come in time\n"
    "  6  this machine: a file, a socket, a program\n"
    "Every error with its cause and cure: picoctl errors";

void set_up(CLI::App& app, Context& context) {
  app.name("picoctl");
  app.footer(more);
  app.set_version_flag("--version", std::string("picoctl ") + version);
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(28);
  app.add_option("--bus", context.options.bus, "i2c:NUMBER or virtual:PATH")->type_name("BUS");
  app.add_option("--address", context.options.address, "Of the Pico, when there are several (0x41)")
      ->type_name("ADDRESS");
  app.add_option("--name", context.options.name,
                 "Of the Pico, when there are several (call system.name)")
      ->type_name("NAME");
  app.add_option("--timeout", context.options.timeout, "For each call, in seconds (1)")
      ->type_name("SECONDS");
  app.add_flag("--json", context.options.json, "Answers and errors as JSON on standard output");
  add_virtual(app, context);
  add_scan(app, context);
  add_address(app, context);
  add_info(app, context);
  add_call(app, context);
  add_get(app, context);
  add_set(app, context);
  add_stats(app, context);
  add_bench(app, context);
  add_trace(app, context);
  add_fault(app, context);
  add_recover(app, context);
  add_run(app, context);
  add_demo(app, context);
  add_errors(app, context);
}

// A verb's own help also lists nothing of the others; what they share stands here.
void finish_helps(CLI::App& app) {
  for (CLI::App* verb : app.get_subcommands({})) {
    verb->footer(verb->get_footer() +
                 "\n\nWith every verb: --bus BUS --address ADDRESS --name NAME --timeout SECONDS "
                 "--json (picoctl --help).");
  }
}

// As the option parser takes them: back to front, with negative numbers hidden from it.
std::vector<std::string> for_parser(const std::vector<std::string>& words, bool& json) {
  std::vector<std::string> list;
  bool options_end = false;
  for (const std::string& word : words) {
    json = json || (!options_end && word == "--json");
    options_end = options_end || word == "--";
    list.insert(list.begin(), options_end ? word : hide_number(word));
  }
  return list;
}

}  // namespace

std::optional<int> parse(Context& context, std::vector<std::string> words) {
  CLI::App app{about};
  set_up(app, context);
  finish_helps(app);
  bool json = false;
  context.program = take_program(words);
  std::vector<std::string> list = for_parser(words, json);
  try {
    app.parse(list);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version_asked) {
    return app.exit(version_asked);
  } catch (const CLI::ParseError& error) {
    context.options.json = json;
    return report(context, {Error::usage, Outcome::not_run, error.what()});
  }
  context.options.json = context.options.json || json;
  return std::nullopt;
}

}  // namespace picoctl::cli
