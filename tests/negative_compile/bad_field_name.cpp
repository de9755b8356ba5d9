// refused: a field's name: a-z, 0-9, _; at most 32
#include "picoctl/link/command.hpp"

struct Args {
  bool on = false;
  using fields = picoctl::Fields<picoctl::Field<"is-on", &Args::on>>;
};
static_assert(picoctl::Command<"light", "A light", Args>::line.size() > 0);
