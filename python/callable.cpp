#include "callable.hpp"

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "connected.hpp"
#include "failures.hpp"
#include "picoctl/controller/description.hpp"
#include "values.hpp"

namespace picoctl::python {
namespace {

namespace py = pybind11;

struct Bound {
  std::shared_ptr<Connected> core;
  std::uint32_t hash = 0;  // of the description by which named arguments are put in order
  std::string name;
  std::string who;                       // for failures
  std::vector<py::str> names;            // of the arguments
  std::vector<std::string> reply_names;  //
};

struct Callable {
  PyObject_HEAD Bound* bound;
};

Bound* bound_of(PyObject* self) { return reinterpret_cast<Callable*>(self)->bound; }

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) { return type->tp_alloc(type, 0); }

void unmake(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  delete bound_of(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// The arguments in the Pico's order; none of them borrowed longer than the call. False: they do not
// fit, which Python explains.
bool in_order(const Bound& bound, PyObject* args, PyObject* named, std::vector<py::handle>& all) {
  const auto placed = static_cast<std::size_t>(PyTuple_GET_SIZE(args));
  const auto with_name = named == nullptr ? 0U : static_cast<std::size_t>(PyDict_GET_SIZE(named));
  if (with_name != 0 && placed + with_name != bound.names.size()) return false;
  all.reserve(placed + with_name);
  for (std::size_t i = 0; i < placed; ++i) {
    all.emplace_back(PyTuple_GET_ITEM(args, static_cast<Py_ssize_t>(i)));
  }
  for (std::size_t i = placed; i < placed + with_name; ++i) {
    PyObject* const one = PyDict_GetItemWithError(named, bound.names[i].ptr());
    if (one == nullptr) return false;
    all.emplace_back(one);
  }
  return true;
}

py::object slowly(py::handle self, PyObject* args, PyObject* named) {
  return self.attr("_slowly")(py::handle(args), named == nullptr ? py::dict() : py::handle(named));
}

py::object value_of(py::handle self, const Bound& bound, const Value& reply) {
  if (bound.reply_names.empty()) return py::none();
  if (bound.reply_names.size() == 1) {
    const auto found = reply.find(bound.reply_names[0]);
    if (found != reply.end()) return to_python(*found);
  }
  return self.attr("_valued")(to_python(reply));
}

py::object call(py::handle self, PyObject* args, PyObject* named) {
  const Bound* const bound = bound_of(self.ptr());
  std::vector<py::handle> given;
  if (bound == nullptr || !in_order(*bound, args, named, given)) return slowly(self, args, named);
  std::vector<Value> values;
  values.reserve(given.size());
  for (const py::handle one : given) values.push_back(need(to_value(one, bound->who)));
  const bool by_name = static_cast<Py_ssize_t>(given.size()) != PyTuple_GET_SIZE(args);
  const auto by = by_name ? std::optional(bound->hash) : std::nullopt;
  const auto reply = bound->core->call_values(bound->name, values, {}, by);
  // Of another program on the Pico, to which nothing was sent.
  const bool outdated = by_name && !reply && reply.error().error == Error::unknown_command &&
                        reply.error().outcome == Outcome::not_run;
  if (outdated) return slowly(self, args, named);
  if (!reply) raise(reply.error());
  return value_of(self, *bound, *reply);
}

PyObject* guarded_call(PyObject* self, PyObject* args, PyObject* named) {
  try {
    return call(self, args, named).release().ptr();
  } catch (py::error_already_set& raised) {
    raised.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& problem) {
    PyErr_SetString(PyExc_RuntimeError, problem.what());
  }
  return nullptr;
}

void bind(py::handle callable, std::shared_ptr<Connected> core, std::uint32_t hash,
          const CommandInfo& info) {
  auto bound = std::make_unique<Bound>();
  bound->core = std::move(core);
  bound->hash = hash;
  bound->name = info.name;
  bound->who = "'" + info.name + "'";
  for (const FieldInfo& field : info.args) bound->names.emplace_back(field.name);
  for (const FieldInfo& field : info.reply) bound->reply_names.push_back(field.name);
  Bound*& place = reinterpret_cast<Callable*>(callable.ptr())->bound;
  delete place;
  place = bound.release();
}

}  // namespace

void bind_callable(py::module_& module) {
  static PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(&make)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(&unmake)},
                                {Py_tp_call, reinterpret_cast<void*>(&guarded_call)},
                                {0, nullptr}};
  static PyType_Spec spec{"picoctl._core.Callable", sizeof(Callable), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  const auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type) throw py::error_already_set();
  module.attr("Callable") = type;
  module.def("bind", [type](py::handle callable, std::shared_ptr<Connected> core,
                            std::uint32_t hash, const CommandInfo& info) {
    if (!py::isinstance(callable, type)) throw py::type_error("not a Callable");
    bind(callable, std::move(core), hash, info);
  });
}

}  // namespace picoctl::python
