#include "values.hpp"

#include <algorithm>
#include <limits>

namespace picoctl::python {
namespace {

namespace py = pybind11;

constexpr int deepest = 16;  // types go 8 deep; a list may hold itself

class Converter {
 public:
  explicit Converter(const std::string& who) : who_(who) {}

  Expected<Value> convert(py::handle object, int depth);

 private:
  Expected<Value> text(py::handle object) const;
  Expected<Value> number(py::handle object) const;
  Expected<Value> sequence(py::handle object, int depth);
  Expected<Value> mapping(py::handle object, int depth);

  Unexpected<Failure> wrong(const std::string& why) const {
    PyErr_Clear();
    return fail(Error::wrong_type, who_ + ": " + why);
  }

  const std::string& who_;
};

std::string type_of(py::handle object) { return Py_TYPE(object.ptr())->tp_name; }

Expected<Value> Converter::convert(py::handle object, int depth) {
  if (depth > deepest) return wrong("lists within lists within lists");
  if (PyBool_Check(object.ptr())) return Value(object.ptr() == Py_True);
  if (PyUnicode_Check(object.ptr())) return text(object);
  if (PyObject_CheckBuffer(object.ptr()) &&
      (PyBytes_Check(object.ptr()) || PyByteArray_Check(object.ptr()) ||
       PyMemoryView_Check(object.ptr()))) {
    const auto bytes = py::reinterpret_steal<py::bytes>(PyBytes_FromObject(object.ptr()));
    if (!bytes) return wrong("a " + type_of(object) + " that cannot be read");
    const std::string_view data = bytes;
    return Value::binary({data.begin(), data.end()});
  }
  if (PyMapping_Check(object.ptr()) && py::hasattr(object, "keys")) return mapping(object, depth);
  if (PySequence_Check(object.ptr())) return sequence(object, depth);
  return number(object);
}

Expected<Value> Converter::text(py::handle object) const {
  Py_ssize_t size = 0;
  const char* const data = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (data == nullptr) return wrong("text that is no valid Unicode");
  return Value(std::string(data, static_cast<std::size_t>(size)));
}

Expected<Value> Converter::number(py::handle object) const {
  if (PyIndex_Check(object.ptr()) != 0) {
    const auto whole = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
    if (!whole) return wrong("a " + type_of(object) + " that is no number");
    int too_large = 0;
    const long long small = PyLong_AsLongLongAndOverflow(whole.ptr(), &too_large);
    if (too_large == 0) return Value(static_cast<std::int64_t>(small));
    if (too_large > 0) {
      const unsigned long long large = PyLong_AsUnsignedLongLong(whole.ptr());
      if (PyErr_Occurred() == nullptr) return Value(static_cast<std::uint64_t>(large));
      PyErr_Clear();
    }
    const double huge = PyLong_AsDouble(whole.ptr());
    if (PyErr_Occurred() == nullptr) return Value(huge);
    PyErr_Clear();
    constexpr double most = std::numeric_limits<double>::max();
    return Value(too_large > 0 ? most : -most);
  }
  const auto* const methods = Py_TYPE(object.ptr())->tp_as_number;
  if (methods != nullptr && methods->nb_float != nullptr) {
    const double value = PyFloat_AsDouble(object.ptr());
    if (PyErr_Occurred() != nullptr) return wrong("a " + type_of(object) + " that is no number");
    return Value(value);
  }
  return wrong("a " + type_of(object) + " cannot be sent");
}

Expected<Value> Converter::sequence(py::handle object, int depth) {
  Value array = Value::array();
  const Py_ssize_t size = PySequence_Size(object.ptr());
  if (size < 0) return wrong("a " + type_of(object) + " cannot be sent");
  for (Py_ssize_t i = 0; i < size; ++i) {
    const auto item = py::reinterpret_steal<py::object>(PySequence_GetItem(object.ptr(), i));
    if (!item) return wrong("a " + type_of(object) + " whose items cannot be read");
    auto value = convert(item, depth + 1);
    if (!value) return value;
    array.push_back(std::move(*value));
  }
  return array;
}

Expected<Value> Converter::mapping(py::handle object, int depth) {
  Value members = Value::object();
  const auto items = py::reinterpret_steal<py::list>(PyMapping_Items(object.ptr()));
  if (!items) return wrong("a " + type_of(object) + " whose items cannot be read");
  for (const py::handle item : items) {
    const auto pair = py::reinterpret_borrow<py::tuple>(item);
    const py::object key = pair[0];
    if (!py::isinstance<py::str>(key)) return wrong("its keys are not names");
    auto name = text(key);
    if (!name) return name;
    auto value = convert(py::object(pair[1]), depth + 1);
    if (!value) return value;
    members[name->get<std::string>()] = std::move(*value);
  }
  return members;
}

}  // namespace

Expected<Value> to_value(py::handle object, const std::string& who) {
  return Converter(who).convert(object, 0);
}

Expected<std::vector<Value>> to_values(const py::iterable& objects, const std::string& who) {
  std::vector<Value> values;
  for (const py::handle object : objects) {
    auto value = to_value(object, who);
    if (!value) return Unexpected{value.error()};
    values.push_back(std::move(*value));
  }
  return values;
}

py::object to_python(const Value& value) {
  switch (value.type()) {
    case Value::value_t::boolean: return py::bool_(value.get<bool>());
    case Value::value_t::number_integer: return py::int_(value.get<std::int64_t>());
    case Value::value_t::number_unsigned: return py::int_(value.get<std::uint64_t>());
    case Value::value_t::number_float: return py::float_(value.get<double>());
    case Value::value_t::string: return py::str(value.get_ref<const std::string&>());
    case Value::value_t::binary: {
      const auto& data = value.get_binary();
      return py::bytes(reinterpret_cast<const char*>(data.data()), data.size());
    }
    case Value::value_t::array: {
      py::list list;
      for (const Value& item : value) list.append(to_python(item));
      return list;
    }
    case Value::value_t::object: {
      py::dict members;
      for (const auto& [name, member] : value.items()) members[py::str(name)] = to_python(member);
      return members;
    }
    default: return py::none();
  }
}

}  // namespace picoctl::python
