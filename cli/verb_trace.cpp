// picoctl trace: what one call does on the two wires, as text, as a picture, as a VCD file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command_words.hpp"
#include "context.hpp"
#include "reply_text.hpp"
#include "trace_svg.hpp"
#include "trace_text.hpp"
#include "trace_vcd.hpp"
#include "traced_call.hpp"
#include "writable.hpp"

namespace picoctl::cli {
namespace {

using Words = std::vector<std::string>;
using Transactions = std::vector<trace::Transaction>;

struct TraceArguments {
  Words words;
  std::string svg, vcd, flip, cut;
};

// `-- call led 1 on`; the word "call" may be left out.
BatchItem command_of(const Words& given) {
  Words words = shown(given);
  if (!words.empty() && words.front() == "call") words.erase(words.begin());
  if (words.empty()) fail_with(Error::usage, "what is to be traced? For example: -- call led 1 on");
  const auto items = split_commands(words);
  if (items.size() > 1) fail_with(Error::usage, "one command at a time is traced");
  return items.front();
}

// The number given with --flip or --cut.
std::optional<std::uint32_t> number_of(const char* option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || text.size() > 6) {
    fail_with(Error::usage, fmt::format("{} {}: a number, counted from 0", option, text));
  }
  return static_cast<std::uint32_t>(std::stoul(text));
}

struct Harm {  // what is to happen to the call on its way
  explicit Harm(const TraceArguments& arguments)
      : bit(number_of("--flip", arguments.flip)), byte(number_of("--cut", arguments.cut)) {}
  bool any() const { return bit || byte; }
  void check(const CommandInfo& command) const;
  void inject(TracedPico& traced) const;

  std::optional<std::uint32_t> bit, byte;
};

// Before anything is sent; what a variable length makes of it is seen afterwards.
void Harm::check(const CommandInfo& command) const {
  const std::size_t reply = command.max_reply == 0 ? 0 : command.max_reply + payload_crc_size;
  const std::size_t bytes = 1 + request_overhead + command.max_args + 1 + head_size + reply;
  const auto within = [](const char* option, std::optional<std::uint32_t> at, const char* what,
                         std::size_t most) {
    if (!at || *at < most) return;
    fail_with(Error::out_of_range,
              fmt::format("{} {}: this call has {} 0 to {} at most", option, *at, what, most - 1));
  };
  within("--flip", bit, "bits", 8 * bytes);
  within("--cut", byte, "bytes", bytes);
}

void Harm::inject(TracedPico& traced) const {
  if (bit) traced.flip_bit(*bit);
  if (byte) traced.cut_after(*byte);
}

bool harmed(const Transactions& transactions) {
  return std::ranges::any_of(transactions,
                             [](const auto& one) { return one.damaged() || one.error != 0; });
}

std::string title(const TracedPico& traced, const std::string& command,
                  const Transactions& transactions) {
  std::uint64_t bits = 0, time_ns = 0;
  for (const auto& one : transactions) {
    bits += one.bits();
    time_ns += one.end_ns - one.start_ns;
  }
  std::string text = fmt::format("{} at {}: {} bits", command, traced.connected().where(), bits);
  if (!transactions.empty() && transactions.front().exact && transactions.front().bit_ns > 0) {
    text += fmt::format(", {:.2f} ms at {} kHz", static_cast<double>(time_ns) / 1e6,
                        1'000'000 / transactions.front().bit_ns);
  }
  const std::size_t count = transactions.size();
  return text + fmt::format(", {} transaction{}", count, count == 1 ? "" : "s");
}

void print_text(const Context& context, const std::string& heading,
                const Transactions& transactions) {
  fmt::print("{}\n", context.out(Tone::strong, heading));
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const trace::Transaction& one = transactions[i];
    if (transactions.size() > 1) fmt::print("\n{}. {}\n", i + 1, trace_summary(one));
    for (const std::string& line : trace_lines(one, context.out)) fmt::print("{}\n", line);
  }
  if (!transactions.empty() && !transactions.front().exact) {
    fmt::print("{}\n",
               context.out(Tone::dim, "  (on a real bus single ACKs and times are not seen)"));
  }
}

void write_files(const TraceArguments& arguments, const Picture& picture) {
  if (!arguments.svg.empty()) write_file(arguments.svg, svg(picture));
  if (!arguments.vcd.empty()) write_file(arguments.vcd, vcd(picture.transactions));
  for (const std::string& file : {arguments.svg, arguments.vcd}) {
    if (!file.empty()) fmt::print(stderr, "written: {}\n", file);
  }
}

int finish(const Context& context, const Expected<Value>& result, const std::string& heading,
           const Transactions& transactions) {
  if (!context.json()) {
    print_text(context, heading, transactions);
    if (!result) return report(context, result.error());
    if (!result->is_null()) fmt::print("{}\n", reply_line(*result));
    return 0;
  }
  nlohmann::json object{{"trace", heading}, {"transactions", nlohmann::json::array()}};
  for (const auto& one : transactions) object["transactions"].push_back(trace_json(one));
  if (result) {
    object["reply"] = reply_json(*result);
  } else {
    object["error"] = failure_json(result.error());
  }
  print_json(object);
  return result ? 0 : exit_code(result.error());
}

int trace_call(const Context& context, const TraceArguments& arguments) {
  const BatchItem item = command_of(arguments.words);
  const Harm harm(arguments);
  check_writable(arguments.svg);
  check_writable(arguments.vcd);
  TracedPico traced = TracedPico::connect(context);
  const bool real = !traced.is_virtual();
  if (real && (harm.any() || !arguments.vcd.empty())) {
    fail_with(Error::virtual_only, traced.connected().on.bus->name() + " is a real bus");
  }
  harm.check(*need(traced.description().command(item.name)));
  Words words{item.name};
  for (const Value& argument : item.args) words.push_back(argument.get<std::string>());
  Picture picture{.command = joined(words),
                  .is_virtual = traced.is_virtual(),
                  .before = {},
                  .transactions = {}};
  if (!arguments.svg.empty()) picture.before = traced.lights_now();
  harm.inject(traced);
  const auto result = traced.pico().call_values(item.name, item.args);
  picture.transactions = traced.take();
  if (harm.any() && !harmed(picture.transactions)) {
    fmt::print(stderr, "this call ended before the {} asked for: nothing was damaged\n",
               harm.bit ? "bit" : "byte");
  }
  write_files(arguments, picture);
  return finish(context, result, title(traced, picture.command, picture.transactions),
                picture.transactions);
}

}  // namespace

void add_trace(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("trace", "What one call does on the two wires");
  auto arguments = std::make_shared<TraceArguments>();
  verb->add_option("COMMAND", arguments->words, "call NAME ARGUMENT…, behind --");
  verb->add_option("--svg", arguments->svg, "Also as an animated picture")->type_name("FILE");
  verb->add_option("--vcd", arguments->vcd, "Also for GTKWave or PulseView (virtual bus)")
      ->type_name("FILE");
  verb->add_option("--flip", arguments->flip, "Damage this bit on its way (virtual bus)")
      ->type_name("BIT");
  verb->add_option("--cut", arguments->cut, "End it behind this byte of its way (virtual bus)")
      ->type_name("BYTE");
  verb->footer(
      "The call is really made. Every byte is shown with who sent it, whether it was acknowledged\n"
      "and what it means: START, address, register, the frame's fields, the answer, STOP.\n"
      "Bits for --flip and bytes for --cut count from 0, the address's first; acknowledges are\n"
      "left out.\n\n"
      "Examples:\n"
      "  picoctl trace -- call led 1 on\n"
      "  picoctl trace --svg call.svg -- call led 1 on       a picture for any browser\n"
      "  picoctl trace --flip 47 -- call led 1 on            the refusal, and the retry\n"
      "  picoctl trace --cut 4 -- call led 1 on              half a message, and the retry\n"
      "  picoctl trace --vcd call.vcd -- call gpio.read 15   for GTKWave, PulseView, sigrok");
  verb->callback([&context, arguments] {
    context.run = [&context, arguments] { return trace_call(context, *arguments); };
  });
}

}  // namespace picoctl::cli
