#include "picoctl/commands/gpio.hpp"

#include "picoctl/target/context.hpp"
#include "picoctl/target/modules.hpp"

namespace picoctl::target {
namespace {

unsigned lowest(std::uint32_t mask) { return static_cast<unsigned>(__builtin_ctz(mask)); }

Result<void> check_pins(Context& context, std::uint32_t mask) {
  Board& board = context.board();
  const std::uint32_t beyond = board.pin_count() < 32 ? ~0U << board.pin_count() : 0;
  const std::uint32_t refused = mask & (board.link_pins() | beyond);
  return refused == 0 ? Result<void>{} : check_pin(context, lowest(refused));
}

Result<void> mode(Context& context, const gpio::ModeArgs& args) {
  if (auto checked = check_pin(context, args.pin); !checked) return checked;
  context.board().gpio_mode(args.pin, args.mode == gpio::Mode::output, args.pull);
  return {};
}

Result<void> write(Context& context, const gpio::WriteArgs& args) {
  if (auto checked = check_pin(context, args.pin); !checked) return checked;
  const std::uint32_t bit = 1U << args.pin;
  context.board().gpio_write(bit, args.on ? bit : 0);
  context.board().gpio_mode(args.pin, true, gpio::Pull::none);
  return {};
}

Result<gpio::ReadReply> read(Context& context, const gpio::ReadArgs& args) {
  if (auto checked = check_pin(context, args.pin); !checked) return Unexpected{checked.error()};
  return gpio::ReadReply{(context.board().gpio_read() >> args.pin & 1U) != 0};
}

// All pins are checked before the first changes: nothing is done in part.
Result<void> write_group(Context& context, const gpio::WriteGroupArgs& args) {
  if ((args.values & ~args.mask) != 0) {
    return context.fail(Error::bad_value, "values has bits that mask has not");
  }
  if (auto checked = check_pins(context, args.mask); !checked) return checked;
  context.board().gpio_write(args.mask, args.values);
  for (std::uint32_t rest = args.mask; rest != 0; rest &= rest - 1) {
    context.board().gpio_mode(static_cast<std::uint8_t>(lowest(rest)), true, gpio::Pull::none);
  }
  return {};
}

Result<gpio::ReadGroupReply> read_group(Context& context, const gpio::ReadGroupArgs& args) {
  if (auto checked = check_pins(context, args.mask); !checked) return Unexpected{checked.error()};
  return gpio::ReadGroupReply{context.board().gpio_read() & args.mask};
}

constexpr Entry commands[] = {
    entry<gpio::SetMode, &mode>(),
    entry<gpio::Write, &write>(),
    entry<gpio::Read, &read>(),
    entry<gpio::WriteGroup, &write_group>(),
    entry<gpio::ReadGroup, &read_group>(),
};
static_assert(names_differ(commands));

}  // namespace

Result<void> check_pin(Context& context, unsigned pin) {
  Board& board = context.board();
  if (pin >= board.pin_count()) {
    return context.fail(Error::no_such_pin, "GP", pin, " is not on this board");
  }
  if ((board.link_pins() >> pin & 1U) != 0) {
    // On the chip SDA is always an even pin and SCL the odd one behind it.
    return context.fail(Error::pin_reserved, "GP", pin,
                        pin % 2 == 0 ? " is this link's SDA" : " is this link's SCL");
  }
  return {};
}

constinit const Module gpio_module{commands, {}};

}  // namespace picoctl::target
