// Python's objects as the library's values (controller/value.hpp), and back. Types are not judged
// here but by the Pico's description: this says only what an object could be at all.
#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/value.hpp"

namespace picoctl::python {

// bool, int (and whatever has __index__), float (and __float__), str, bytes-like, sequence, mapping.
// wrong_type, naming `who`: anything else. Integers beyond 64 bits become numbers out of any range.
Expected<Value> to_value(pybind11::handle object, const std::string& who);
Expected<std::vector<Value>> to_values(const pybind11::iterable& objects, const std::string& who);

pybind11::object to_python(const Value& value);

}  // namespace picoctl::python
