// picoctl errors: the table of errors, as it stands in link/error.def.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "context.hpp"

namespace picoctl::cli {
namespace {

nlohmann::json row_json(const ErrorInfo& row) {
  return {{"id", row.id},
          {"code", static_cast<unsigned>(row.error)},
          {"exit_code", static_cast<unsigned>(row.exit_class)},
          {"text", row.text},
          {"cause", row.cause},
          {"cure", row.cure}};
}

void print_row(const Context& context, const ErrorInfo& row) {
  fmt::print("{}  (code 0x{:02x}, exit {})\n  {}\n  {} {}\n  {} {}\n\n",
             context.out(Tone::strong, row.id), static_cast<unsigned>(row.error),
             static_cast<unsigned>(row.exit_class), row.text,
             context.out(Tone::dim, "likely cause:"), row.cause,
             context.out(Tone::dim, "what to do:  "), row.cure);
}

int print_errors(const Context& context, const std::string& wanted) {
  nlohmann::json rows = nlohmann::json::array();
  std::size_t found = 0;
  for (const ErrorInfo& row : error_table) {
    const bool shown = wanted.empty() || row.id == wanted ||
                       fmt::format("0x{:02x}", static_cast<unsigned>(row.error)) == wanted;
    if (!shown) continue;
    ++found;
    if (context.json()) {
      rows.push_back(row_json(row));
    } else {
      print_row(context, row);
    }
  }
  if (found == 0) fail_with(Error::usage, fmt::format("there is no error '{}'", wanted));
  if (context.json()) print_json({{"errors", std::move(rows)}});
  return 0;
}

}  // namespace

void add_errors(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("errors", "Every error: what happened, its cause, its cure");
  auto wanted = std::make_shared<std::string>();
  verb->add_option("ERROR", *wanted, "Only this one, by its id or code");
  verb->footer("Examples:\n  picoctl errors\n  picoctl errors no_answer\n  picoctl errors --json");
  verb->callback([&context, wanted] {
    context.run = [&context, wanted] { return print_errors(context, *wanted); };
  });
}

}  // namespace picoctl::cli
