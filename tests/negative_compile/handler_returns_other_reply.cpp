// refused: the handler of this command is Result<Reply> (Context&, const Args&)
#include "picoctl/link/dispatch.hpp"

struct Reply {
  bool on = false;
  using fields = picoctl::Fields<picoctl::Field<"on", &Reply::on>>;
};
using Light = picoctl::Command<"light", "A light", picoctl::Nothing, Reply>;
picoctl::Result<picoctl::Nothing> on_light(picoctl::Context&, const picoctl::Nothing&);

constexpr picoctl::Entry row = picoctl::entry<Light, on_light>();
