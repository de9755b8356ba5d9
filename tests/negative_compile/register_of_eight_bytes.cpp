// refused: a register's handler takes one integer of 1, 2 or 4 bytes
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target) {
  target.plain_register(1, "time", [](std::uint64_t) {});
}
