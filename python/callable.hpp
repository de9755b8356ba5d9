// picoctl._core.Callable: what a command's object in Python is derived from. Calling it is the way of
// every command, so it is made in C++ from end to end: no Python function lies between a call and the
// library, and none between the library and the value.
#pragma once

#include <pybind11/pybind11.h>

namespace picoctl::python {

// Adds the type, and `bind(callable, core, hash, info)`: from then on calling `callable` runs the command
// `info` of the description `hash` on `core`. What is left to Python, in methods of the derived type:
//   _slowly(args, options)  options other than the command's arguments, or names that do not fit it
//   _valued(reply)          a reply of several values, or another than was described
void bind_callable(pybind11::module_& module);

}  // namespace picoctl::python
