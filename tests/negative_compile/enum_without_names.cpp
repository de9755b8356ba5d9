// refused: give the enumeration its names: picoctl::enumerators<T>
#include "picoctl/link/command.hpp"

enum class Mode : unsigned char { off, on };
struct Args {
  Mode mode = Mode::off;
  using fields = picoctl::Fields<picoctl::Field<"mode", &Args::mode>>;
};
static_assert(picoctl::Command<"mode", "Set it", Args>::line.size() > 0);
