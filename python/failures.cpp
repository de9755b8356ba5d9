#include "failures.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace picoctl::python {
namespace {

namespace py = pybind11;

// In the order of Outcome.
constexpr std::array<std::string_view, 4> outcome_names{"done", "not_run", "still_running",
                                                        "unknown"};

Outcome outcome_of(std::string_view name) {
  const auto* const found = std::find(outcome_names.begin(), outcome_names.end(), name);
  if (found == outcome_names.end()) throw py::value_error("no such outcome");
  return static_cast<Outcome>(found - outcome_names.begin());
}

Error error_of(std::string_view id) {
  for (const ErrorInfo& row : error_table) {
    if (row.id == id) return row.error;
  }
  throw py::key_error(std::string(id));
}

}  // namespace

py::object exception_of(const Failure& failure) {
  const auto make = py::module_::import("picoctl._errors").attr("exception_for");
  return make(info(failure.error).id, failure.detail,
              outcome_names.at(static_cast<std::size_t>(failure.outcome)),
              static_cast<unsigned>(failure.error));
}

void raise(const Failure& failure) {
  const py::object exception = exception_of(failure);
  PyErr_SetObject(py::type::of(exception).ptr(), exception.ptr());
  throw py::error_already_set();
}

py::dict error_rows() {
  py::dict rows;
  for (const ErrorInfo& row : error_table) {
    rows[py::str(std::string(row.id))] =
        py::make_tuple(static_cast<unsigned>(row.error), static_cast<unsigned>(row.exit_class),
                       row.text, row.cause, row.cure);
  }
  return rows;
}

std::string explained(const std::string& id, const std::string& detail,
                      const std::string& outcome) {
  return explain({error_of(id), outcome_of(outcome), detail});
}

}  // namespace picoctl::python
