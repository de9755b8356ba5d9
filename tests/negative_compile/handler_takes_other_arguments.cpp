// refused: the handler of this command is Result<Reply> (Context&, const Args&)
#include "picoctl/link/dispatch.hpp"

struct Args {
  bool on = false;
  using fields = picoctl::Fields<picoctl::Field<"on", &Args::on>>;
};
using Light = picoctl::Command<"light", "A light", Args>;
picoctl::Result<void> on_light(picoctl::Context&, const picoctl::Nothing&);

constexpr picoctl::Entry row = picoctl::entry<Light, on_light>();
