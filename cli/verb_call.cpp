// picoctl call: run commands on a Pico.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "command_words.hpp"
#include "context.hpp"
#include "reply_text.hpp"

namespace picoctl::cli {
namespace {

using Words = std::vector<std::string>;

struct CallArguments {
  Words words;
  bool go_on = false;
};

int call_one(const Context& context, Connected& connected, const BatchItem& item) {
  const Value reply = need(connected.pico.call_values(item.name, item.args));
  if (context.json()) {
    print_json(reply_json(reply));
    return 0;
  }
  if (!reply.is_null()) fmt::print("{}\n", reply_line(reply));
  fmt::print(stderr, "{}: done at {}\n", item.name, connected.where());
  return 0;
}

nlohmann::json item_json(const BatchItem& item, const BatchItemResult& result) {
  nlohmann::json object{{"command", item.name}, {"ran", result.ran}};
  if (result.failure) {
    object["error"] = failure_json(*result.failure);
  } else if (result.ran) {
    object["reply"] = reply_json(result.reply);
  }
  return object;
}

std::string item_line(const BatchItem& item, const BatchItemResult& result) {
  if (result.failure) return fmt::format("{}: {}", item.name, summary(*result.failure));
  if (!result.ran) return item.name + ": not run";
  return item.name + ": " + reply_line(result.reply);
}

// Several commands in one transaction; the exit code is that of the first that failed.
int call_batch(const Context& context, Connected& connected, const std::vector<BatchItem>& items,
               bool go_on) {
  const auto results =
      need(connected.pico.batch(items, {.go_on = go_on, .call = context.call_options()}));
  nlohmann::json list = nlohmann::json::array();
  const Failure* first = nullptr;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].failure && first == nullptr) first = &*results[i].failure;
    list.push_back(item_json(items[i], results[i]));
    if (!context.json()) fmt::print("{}\n", item_line(items[i], results[i]));
  }
  if (context.json()) {
    nlohmann::json object{{"results", std::move(list)}};
    if (first != nullptr) object["error"] = failure_json(*first);
    print_json(object);
    return first == nullptr ? 0 : exit_code(*first);
  }
  if (first != nullptr) return report(context, *first);
  fmt::print(stderr, "{} commands: done at {}\n", items.size(), connected.where());
  return 0;
}

// One command of standard input; one line is printed for it.
int call_line(const Context& context, Pico& pico, const std::string& line) {
  const auto words = split_line(line);
  if (words && words->empty()) return 0;
  Expected<Value> result = fail(Error::usage, "a quote is not closed");
  if (words) {
    const std::vector<Value> args(words->begin() + 1, words->end());
    result = pico.call_values(words->front(), args);
  }
  if (context.json()) {
    print_json(result ? reply_json(*result)
                      : nlohmann::json{{"error", failure_json(result.error())}});
  } else if (result) {
    fmt::print("{}\n", reply_line(*result));
  } else {
    fmt::print("error {}: {}\n", name(result.error().error), summary(result.error()));
  }
  std::fflush(stdout);
  return result ? 0 : exit_code(result.error());
}

// The session stays open; the exit code is that of the first command that failed.
int call_lines(const Context& context, Connected& connected) {
  int first = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const int code = call_line(context, connected.pico, line);
    if (first == 0) first = code;
  }
  return first;
}

int call(const Context& context, const CallArguments& arguments) {
  const Words words = shown(arguments.words);
  const bool from_input = words == Words{"-"};
  const auto items = from_input ? std::vector<BatchItem>{} : split_commands(words);
  Connected connected = context.connect();
  if (from_input) return call_lines(context, connected);
  if (items.size() > 1) return call_batch(context, connected, items, arguments.go_on);
  return call_one(context, connected, items.front());
}

}  // namespace

void add_call(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("call", "Run a command on a Pico");
  auto arguments = std::make_shared<CallArguments>();
  verb->add_option("COMMAND", arguments->words, "NAME ARGUMENT…, several with + between, or -")
      ->required();
  verb->add_flag("--go-on", arguments->go_on, "With +: go on behind a command that failed");
  verb->footer(
      "Names and types come from the Pico itself (picoctl info) and are checked before anything "
      "is\n"
      "sent. A command that is acknowledged ran exactly once, any other at most once.\n"
      "With + all commands travel in one bus transaction; none runs unless all make sense.\n"
      "--json prints the reply as an object, or null if the command has none.\n"
      "With - commands are read from standard input, one a line, and answered one a line.\n\n"
      "Examples:\n"
      "  picoctl call led 1 on\n"
      "  picoctl call gpio.read 15 --json\n"
      "  picoctl call led 1 on + led 2 on + led 3 off\n"
      "  printf 'led 1 on\\nled 1 off\\n' | picoctl call -");
  verb->callback([&context, arguments] {
    context.run = [&context, arguments] { return call(context, *arguments); };
  });
}

}  // namespace picoctl::cli
