// refused: a command's lambda may capture one pointer or reference, no more
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target, int& a, int& b) {
  target.command("count", [&a, &b] { ++a, ++b; });
}
