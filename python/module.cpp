// picoctl._core: the controller library as Python sees it. What users call is written in Python, in
// picoctl/, above this.
#include <pybind11/chrono.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "callable.hpp"
#include "connected.hpp"
#include "failures.hpp"
#include "picoctl/controller/address.hpp"
#include "picoctl/controller/description.hpp"
#include "picoctl/controller/scan.hpp"

namespace picoctl::python {
namespace {

namespace py = pybind11;
using namespace py::literals;

std::string kind_name(const TypeInfo& type) {
  switch (type.kind) {
    case TypeInfo::Kind::boolean: return "bool";
    case TypeInfo::Kind::unsigned_integer:
    case TypeInfo::Kind::signed_integer: return "int";
    case TypeInfo::Kind::floating: return "float";
    case TypeInfo::Kind::enumeration: return "enum";
    case TypeInfo::Kind::text: return "str";
    case TypeInfo::Kind::bytes: return "bytes";
    case TypeInfo::Kind::array: return "list";
    case TypeInfo::Kind::structure: break;
  }
  return "dict";
}

std::vector<std::string> choices(const TypeInfo& type) {
  std::vector<std::string> names;
  for (const auto& row : type.enumerators) names.push_back(row.name);
  return names;
}

void bind_description(py::module_& module) {
  py::class_<TypeInfo>(module, "TypeInfo")
      .def_property_readonly("kind", &kind_name)
      .def_property_readonly("signed",
                             [](const TypeInfo& type) {
                               return type.kind == TypeInfo::Kind::signed_integer || type.is_signed;
                             })
      .def_readonly("size", &TypeInfo::size)
      .def_readonly("count", &TypeInfo::count)
      .def_property_readonly("choices", &choices)
      .def_readonly("text", &TypeInfo::text)
      .def_readonly("element", &TypeInfo::element)
      .def_readonly("fields", &TypeInfo::fields);
  py::class_<FieldInfo>(module, "FieldInfo")
      .def_readonly("name", &FieldInfo::name)
      .def_readonly("type", &FieldInfo::type)
      .def_readonly("unit", &FieldInfo::unit);
  py::class_<CommandInfo>(module, "CommandInfo")
      .def_readonly("number", &CommandInfo::number)
      .def_readonly("name", &CommandInfo::name)
      .def_readonly("args", &CommandInfo::args)
      .def_readonly("reply", &CommandInfo::reply)
      .def_readonly("max_time_ms", &CommandInfo::max_time_ms)
      .def_readonly("help", &CommandInfo::help)
      .def_readonly("signature", &CommandInfo::signature);
  py::class_<RegisterInfo>(module, "RegisterInfo")
      .def_readonly("number", &RegisterInfo::number)
      .def_readonly("name", &RegisterInfo::name)
      .def_readonly("type", &RegisterInfo::type)
      .def_readonly("unit", &RegisterInfo::unit)
      .def_readonly("help", &RegisterInfo::help);
  py::class_<Description, std::shared_ptr<Description>>(module, "Description")
      .def(py::init([](std::string text) {
             return std::make_shared<Description>(need(parse_description(std::move(text))));
           }),
           "text"_a)
      .def_property_readonly("commands", &Description::commands)
      .def_property_readonly("registers", &Description::registers)
      .def_property_readonly("hash", &Description::hash)
      .def_property_readonly("text", &Description::text)
      // Raises what calling a command of that name would raise: it names the nearest one.
      .def("command", [](const Description& self, const std::string& name) {
        return *need(self.command(name));
      });
}

py::dict identity_of(const Identity& identity) {
  constexpr std::array<const char*, 3> chips{"virtual", "RP2040", "RP2350"};
  const auto chip = static_cast<std::size_t>(identity.chip);
  return py::dict(
      "protocol"_a = py::make_tuple(identity.version.major, identity.version.minor),
      "firmware"_a =
          py::make_tuple(identity.firmware.major, identity.firmware.minor, identity.firmware.patch),
      "chip"_a = chip < chips.size() ? chips[chip] : "unknown", "unique_id"_a = identity.unique_id,
      "boot_id"_a = identity.boot_id, "description_hash"_a = identity.description,
      "safe_mode"_a = identity.safe_mode, "contested"_a = identity.contested);
}

py::dict counters_of(const LinkCounters& seen) {
  return py::dict(
      "calls"_a = seen.calls, "done"_a = seen.done, "transmissions"_a = seen.transmissions,
      "retries"_a = seen.retries, "polls"_a = seen.polls, "second_reads"_a = seen.second_reads,
      "bus_errors"_a = seen.bus_errors, "bad_answers"_a = seen.bad_answers,
      "refused_frames"_a = seen.refused_frames, "sessions_opened"_a = seen.sessions_opened,
      "resumes"_a = seen.resumes, "unknown"_a = seen.unknown);
}

void bind_connected(py::module_& module) {
  py::class_<Connected, std::shared_ptr<Connected>>(module, "Connected")
      .def(py::init([](std::string bus, std::optional<std::uint8_t> address,
                       std::optional<std::string> name, Connected::Deadline deadline) {
             return std::make_shared<Connected>(
                 Wanted{std::move(bus), address, std::move(name), deadline});
           }),
           "bus"_a, "address"_a, "name"_a, "deadline"_a)
      .def("call", &Connected::call, "name"_a, "args"_a, "deadline"_a = py::none(),
           "by"_a = py::none())
      .def("batch", &Connected::batch, "items"_a, "go_on"_a, "deadline"_a = py::none())
      .def("get", &Connected::get)
      .def("set", &Connected::set)
      .def("on_restart", &Connected::on_restart)
      .def("transfer", &Connected::transfer)
      .def("description",
           [](Connected& self) { return std::const_pointer_cast<Description>(self.description()); })
      .def("identity", [](Connected& self) { return identity_of(self.identity()); })
      .def("counters", [](Connected& self) { return counters_of(self.counters()); })
      .def("close", &Connected::close)
      .def("hold", &Connected::hold)
      .def("let_go", &Connected::let_go)
      .def_property_readonly("hash", &Connected::hash)
      .def_property_readonly("address", &Connected::address)
      .def_property_readonly("bus", &Connected::bus)
      .def_property_readonly("is_virtual", &Connected::is_virtual)
      .def_property_readonly("by_default", &Connected::by_default)
      .def_property_readonly("closed", &Connected::closed);
}

std::unique_ptr<Bus> open_interruptible(const std::string& name) {
  return std::make_unique<InterruptibleBus>(need(without_gil([&] { return open_bus(name); })));
}

py::tuple all_at(const std::string& name, std::uint8_t address) {
  const auto bus = open_interruptible(name);
  const auto found = need(without_gil([&] { return picos_at(*bus, address); }));
  py::list picos;
  for (const Identity& one : found.picos) picos.append(identity_of(one));
  return py::make_tuple(picos, found.all_known);
}

py::dict move_one(const std::string& name, std::uint8_t from, std::uint8_t to,
                  std::uint64_t unique_id, bool keep) {
  const auto bus = open_interruptible(name);
  return identity_of(need(without_gil([&] {
    return move_pico(*bus, {from, to, unique_id, keep});
  })));
}

// Per answer: (address, kind, identity or None, name, board, exception or None).
py::list scan_bus(const std::string& name, std::vector<std::uint8_t> named) {
  constexpr std::array<const char*, 3> kinds{"pico", "device", "in_use"};
  const auto bus = open_interruptible(name);
  const ScanOptions options{std::move(named), false, true};
  const auto result = need(without_gil([&] { return scan(*bus, options); }));
  py::list rows;
  for (const Found& found : result.found) {
    const PicoName called = found.name.value_or(PicoName{});
    const py::object who =
        found.identity ? py::object(identity_of(*found.identity)) : py::object(py::none());
    const py::object trouble = found.trouble ? exception_of(*found.trouble) : py::none();
    rows.append(py::make_tuple(found.address, kinds.at(static_cast<std::size_t>(found.kind)), who,
                               called.name, called.board, trouble));
  }
  return rows;
}

}  // namespace
}  // namespace picoctl::python

PYBIND11_MODULE(_core, module) {
  using namespace picoctl::python;
  module.doc() = "The controller library of picoctl; use picoctl, not this";
  bind_description(module);
  bind_connected(module);
  bind_callable(module);
  module.def("scan", &scan_bus, pybind11::arg("bus"), pybind11::arg("named"));
  module.def("picos_at", &all_at, pybind11::arg("bus"), pybind11::arg("address"));
  module.def("move_pico", &move_one, pybind11::arg("bus"), pybind11::arg("address"),
             pybind11::arg("to"), pybind11::arg("unique_id"), pybind11::arg("keep"));
  module.def("error_rows", &error_rows);
  module.def("explained", &explained);
  module.attr("version") = PICOCTL_VERSION;
}
