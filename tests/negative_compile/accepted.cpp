// compiles
// The control: everything that the other files do wrong, done right.
#include "picoctl/target/target.hpp"

namespace {

enum class Mode : std::uint8_t { off = 0, on = 1 };

}  // namespace

template <>
inline constexpr auto picoctl::enumerators<Mode> =
    picoctl::Enumerators<picoctl::Enumerator<"off", Mode::off>,
                         picoctl::Enumerator<"on", Mode::on>>{};

namespace {

struct Args {
  picoctl::Bytes<239> data;
  using fields = picoctl::Fields<picoctl::Field<"data", &Args::data>>;
};
struct Reply {
  Mode mode = Mode::off;
  using fields = picoctl::Fields<picoctl::Field<"mode", &Reply::mode>>;
};
using Switch = picoctl::Command<"switch.it", "Switch it", Args, Reply>;
using Stop = picoctl::Command<"stop", "Stop">;

picoctl::Result<Reply> on_switch(picoctl::Context&, const Args&) { return Reply{}; }
picoctl::Result<void> on_stop(picoctl::Context&, const picoctl::Nothing&) { return {}; }

constexpr picoctl::Entry table[] = {picoctl::entry<Switch, on_switch>(),
                                    picoctl::entry<Stop, on_stop>()};
static_assert(picoctl::names_differ(table), "two commands of one name");

[[maybe_unused]] void program(picoctl::Target<>& target, int& captured) {
  target.command("led n on # Light", [](std::uint8_t, bool) {});
  target.command("add a b -> sum", [](int a, int b) { return a + b; });
  target.command("count", [&captured] { ++captured; });
  target.plain_register(1, "light", [](std::uint8_t) {});
}

}  // namespace
