// refused[gcc]: ignoring returned value of type 'picoctl::Result
// refused[clang]: ignoring return value of function declared with 'nodiscard'
#include "picoctl/link/result.hpp"

picoctl::Result<int> measure();
void program() { measure(); }
