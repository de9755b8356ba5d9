#include "picoctl/target/context.hpp"

#include "picoctl/link/dispatch.hpp"

namespace picoctl {

void journal(Context& context, std::string_view line) { context.board().journal(line); }

void handler_begins(Context& context, const Entry& entry) {
  context.board().watchdog_window(entry.max_time_ms);
}

void Context::add(std::string_view text) {
  for (const char c : text) text_.byte(static_cast<std::uint8_t>(c));
}

void Context::add(unsigned number) {
  if (number >= 10) add(number / 10);
  text_.byte(static_cast<std::uint8_t>('0' + number % 10));
}

}  // namespace picoctl
