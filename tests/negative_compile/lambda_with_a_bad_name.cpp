// refused: a_name_may_hold_only_a_to_z_digits_underscores_and_dots
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target) {
  target.command("led n:u8", [](std::uint8_t) {});
}
