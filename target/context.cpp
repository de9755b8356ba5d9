#include "picoctl/target/context.hpp"

namespace picoctl {

void journal(Context& context, std::string_view line) { context.board().journal(line); }

void Context::add(std::string_view text) {
  for (const char c : text) text_.byte(static_cast<std::uint8_t>(c));
}

void Context::add(unsigned number) {
  if (number >= 10) add(number / 10);
  text_.byte(static_cast<std::uint8_t>('0' + number % 10));
}

}  // namespace picoctl
