// refused: two commands of one name
#include "picoctl/link/dispatch.hpp"

using Stop = picoctl::Command<"stop", "Stop">;
using Again = picoctl::Command<"stop", "Stop once more">;
picoctl::Result<void> on_stop(picoctl::Context&, const picoctl::Nothing&);

constexpr picoctl::Entry table[] = {picoctl::entry<Stop, on_stop>(),
                                    picoctl::entry<Again, on_stop>()};
static_assert(picoctl::names_differ(table), "two commands of one name");
