// refused[gcc]: picoctl::Codec<char*>
// refused[clang]: picoctl::Codec<char *>
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target) {
  target.command("say text", [](char*) {});
}
