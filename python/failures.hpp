// A Failure as an exception: which class it is, picoctl/_errors.py decides.
#pragma once

#include <pybind11/pybind11.h>

#include "picoctl/controller/failure.hpp"

namespace picoctl::python {

// The exception, not raised yet.
pybind11::object exception_of(const Failure& failure);
[[noreturn]] void raise(const Failure& failure);

// {id: (code, exit code, what happened, likely cause, what to do)}: link/error.def.
pybind11::dict error_rows();

// As explain() says it, for exceptions that Python makes.
std::string explained(const std::string& id, const std::string& detail, const std::string& outcome);

template <typename T>
T need(Expected<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace picoctl::python
