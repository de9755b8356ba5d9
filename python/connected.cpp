#include "connected.hpp"

#include <cstdlib>
#include <vector>

#include "values.hpp"

namespace picoctl::python {
namespace {

namespace py = pybind11;
using namespace std::chrono_literals;

bool bus_is_named(const std::string& bus) {
  const char* const named = std::getenv("PICOCTL_BUS");
  return !bus.empty() || (named != nullptr && named[0] != '\0');
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

ConnectOptions options_of(const Wanted& wanted) {
  ConnectOptions options;
  options.address = wanted.address;
  options.name = wanted.name;
  if (wanted.deadline) options.call = CallOptions{*wanted.deadline};
  return options;
}

struct Raw {
  std::vector<Message> messages;
  std::vector<std::vector<std::uint8_t>> data;
};

Raw raw_messages(const py::iterable& messages) {
  Raw raw;
  for (const py::handle item : messages) {
    const auto [address, flags, what] =
        py::cast<std::tuple<std::uint16_t, std::uint16_t, py::object>>(item);
    if ((flags & socket::flag_read) != 0) {
      raw.data.emplace_back(py::cast<std::uint16_t>(what));
    } else {
      const std::string_view bytes = py::cast<py::bytes>(what);
      raw.data.emplace_back(bytes.begin(), bytes.end());
    }
    raw.messages.push_back({address, flags, static_cast<std::uint16_t>(raw.data.back().size()),
                            raw.data.back().data()});
  }
  return raw;
}

}  // namespace

Connected::Connected(const Wanted& wanted) : deadline_(wanted.deadline) {
  const bool named = bus_is_named(wanted.bus);
  auto opened = need(without_gil([&] { return open_bus(wanted.bus); }));
  bus_ = std::make_shared<InterruptibleBus>(std::move(opened));
  by_default_ = bus_->is_virtual() && !named;
  pico_.emplace(need(without_gil([&] { return connect(bus_, options_of(wanted)); })));
  address_ = pico_->address();
}

Connected::~Connected() {
  const py::gil_scoped_release release;
  pico_.reset();
}

// Waits for the calls of other threads; not in vain if a signal's handler raises meanwhile.
bool Connected::enter() {
  // At first without looking at the clock.
  for (bool free = mutex_.try_lock(); !free; free = mutex_.try_lock_for(50ms)) {
    Interruptible* const here = Interruptible::current();
    if (here == nullptr) continue;
    here->look(true);
    if (here->over()) return false;
  }
  owner_ = std::this_thread::get_id();
  return true;
}

// Runs `body`, which returns an Expected, as the only one on this Pico.
template <typename Body>
auto Connected::inside(Body body) -> decltype(body()) {
  using Ended = decltype(body());
  if (owner_.load() == std::this_thread::get_id()) {
    if (in_callback_) return within_callback(body);
    return fail(Error::not_run, "a signal's handler called the Pico in the middle of a call to it");
  }
  return without_gil([&]() -> Ended {
    if (!enter()) return fail(Error::not_run, "interrupted while another thread was calling");
    Ended result = closed_ ? Ended(fail(Error::not_run, "this connection is closed")) : body();
    let_go();
    return result;
  });
}

// The call of an on_restart() callback, which stands within a call already.
template <typename Body>
auto Connected::within_callback(Body body) -> decltype(body()) {
  in_callback_ = false;
  const struct Back {
    bool& in_callback;
    ~Back() { in_callback = true; }
  } back{in_callback_};
  return without_gil(body);
}

Pico& Connected::pico() { return *pico_; }

py::object Connected::call(const std::string& name, const py::iterable& args, Deadline deadline,
                           std::optional<std::uint32_t> by) {
  const auto values = need(to_values(args, quoted(name)));
  return to_python(need(call_values(name, values, deadline, by)));
}

Expected<Value> Connected::call_values(const std::string& name, std::span<const Value> args,
                                       Deadline deadline, std::optional<std::uint32_t> by) {
  std::optional<CallOptions> options;
  if (deadline) options = CallOptions{*deadline};
  return inside([&] { return pico().call_values(name, args, options, by); });
}

py::list Connected::batch(const py::iterable& items, bool go_on, Deadline deadline) {
  std::vector<BatchItem> list;
  for (const py::handle item : items) {
    const auto [name, args] = py::cast<std::pair<std::string, py::tuple>>(item);
    list.push_back({name, need(to_values(args, quoted(name)))});
  }
  BatchOptions how{.go_on = go_on,
                   .call = {deadline ? *deadline : deadline_.value_or(CallOptions{}.deadline)}};
  const auto results = need(inside([&] { return pico().batch(list, how); }));
  py::list ended;
  for (const BatchItemResult& result : results) {
    const py::object error = result.failure ? exception_of(*result.failure) : py::none();
    ended.append(py::make_tuple(result.ran, error, to_python(result.reply)));
  }
  return ended;
}

py::object Connected::get(const std::string& which) {
  return to_python(need(inside([&] { return pico().get(which); })));
}

void Connected::set(const std::string& which, const py::iterable& values) {
  const auto list = need(to_values(values, "register " + quoted(which)));
  need(inside([&] { return pico().set_values(which, list); }));
}

void Connected::on_restart(py::object reapply) {
  const bool wanted = !reapply.is_none();
  reapply_ = std::move(reapply);
  need(inside([&]() -> Expected<void> {
    if (wanted) {
      pico().on_restart([this](Pico&, const Restart& restart) { this->reapply(restart); });
    } else {
      pico().on_restart(nullptr);
    }
    return {};
  }));
}

void Connected::reapply(const Restart& restart) {
  const py::gil_scoped_acquire gil;
  const py::object current = reapply_;  // it may be given another one
  in_callback_ = true;
  try {
    current(restart.boot_id, restart.cause);
  } catch (py::error_already_set& raised) {
    Interruptible::current()->end_by(std::move(raised));
  }
  in_callback_ = false;
}

py::list Connected::transfer(const py::iterable& messages) {
  Raw raw = raw_messages(messages);
  need(inside([&] { return bus_->transfer(raw.messages); }));
  py::list read;
  for (std::size_t i = 0; i < raw.messages.size(); ++i) {
    if (!raw.messages[i].is_read()) continue;
    read.append(py::bytes(reinterpret_cast<const char*>(raw.data[i].data()), raw.data[i].size()));
  }
  return read;
}

std::shared_ptr<const Description> Connected::description() {
  return need(inside([&] { return pico().description(); }));
}

Identity Connected::identity() {
  return need(inside([&]() -> Expected<Identity> { return pico().identity(); }));
}

LinkCounters Connected::counters() {
  return need(inside([&]() -> Expected<LinkCounters> { return pico().counters(); }));
}

void Connected::close() {
  if (closed_) return;
  if (owner_.load() == std::this_thread::get_id() && in_callback_) {
    need(Expected<void>(fail(Error::not_run, "an on_restart() callback cannot close the Pico")));
  }
  need(inside([&]() -> Expected<void> {
    closed_ = true;
    pico_.reset();
    return {};
  }));
}

bool Connected::hold() {
  if (owner_.load() == std::this_thread::get_id()) return false;
  const py::gil_scoped_release release;
  mutex_.lock();
  owner_ = std::this_thread::get_id();
  return true;
}

void Connected::let_go() {
  owner_ = std::thread::id();
  mutex_.unlock();
}

}  // namespace picoctl::python
