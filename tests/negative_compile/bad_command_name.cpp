// refused: a command's name: a-z, 0-9, _ and dots; at most 32
#include "picoctl/link/command.hpp"

static_assert(picoctl::Command<"Led on", "A space and a capital">::line.size() > 0);
