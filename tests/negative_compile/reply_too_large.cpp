// refused: the reply does not fit a frame
#include "picoctl/link/command.hpp"

struct Reply {
  std::array<std::uint32_t, 61> list{};
  using fields = picoctl::Fields<picoctl::Field<"list", &Reply::list>>;
};
using Dump = picoctl::Command<"dump", "244 bytes of reply", picoctl::Nothing, Reply>;
static_assert(Dump::line.size() > 0);
