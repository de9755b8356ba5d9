// refused: the arguments do not fit a frame
#include "picoctl/link/command.hpp"

struct Args {
  std::array<std::uint32_t, 61> list{};
  using fields = picoctl::Fields<picoctl::Field<"list", &Args::list>>;
};
static_assert(picoctl::Command<"load", "244 bytes of arguments", Args>::line.size() > 0);
