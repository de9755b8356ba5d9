// refused[gcc]: picoctl::Codec<const char*>
// refused[clang]: picoctl::Codec<const char *>
#include "picoctl/link/command.hpp"

struct Args {
  const char* text = nullptr;
  using fields = picoctl::Fields<picoctl::Field<"text", &Args::text>>;
};
static_assert(picoctl::Command<"say", "Say it", Args>::line.size() > 0);
