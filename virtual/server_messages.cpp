// What the bus server does with each message of a client.
#include <algorithm>
#include <cerrno>

#include "hold.hpp"
#include "observers.hpp"
#include "remote_target.hpp"

namespace picoctl::sim {

using socket::Frame;
using socket::Reader;
using socket::Type;

namespace {

constexpr const char* malformed = "a message that does not follow the format";

// Which role a message needs; 0 is none.
std::uint8_t role_for(Type type) {
  switch (type) {
    case Type::transfer:
    case Type::recover: return socket::role_controller;
    case Type::attach:
    case Type::answer:
    case Type::note: return socket::role_target;
    case Type::control: return socket::role_control;
    case Type::step: return socket::role_steps;
    default: return 0;
  }
}

bool only_tag(std::span<const std::uint8_t> body, std::uint32_t& tag) {
  Reader in(body);
  tag = in.u32();
  return in.at_end();
}

}  // namespace

void BusServer::serve(Client& client) {
  const Frame frame = client.frame_at();
  if (frame.state == Frame::State::malformed) return client.refuse(EMSGSIZE, malformed);
  // The body lives in the client's inbox: it is copied away before anything else may touch that.
  const std::vector<std::uint8_t> body(frame.body.begin(), frame.body.end());
  const Type type = frame.type;
  client.drop(0, frame.size);
  if (!client.greeted()) {
    if (type != Type::hello) return client.refuse(EPROTO, "the first message must be hello");
    return greet(client, body);
  }
  const std::uint8_t needed = role_for(type);
  if (needed != 0 && !client.may(needed)) {
    return client.refuse(EPERM, "this message needs a role that hello did not name");
  }
  std::uint32_t tag = 0;
  switch (type) {
    case Type::transfer: return transfer(client, body);
    case Type::attach: return attach(client, body);
    case Type::control: return control(client, body);
    case Type::step: return step(client, body);
    case Type::query:
      if (!only_tag(body, tag)) break;
      return report(client, tag);
    case Type::recover: {
      if (!only_tag(body, tag)) break;
      const int error = bus_.recover();
      return client.send(Type::done, socket::Done{tag, static_cast<std::uint32_t>(error), {}});
    }
    case Type::note: {
      Reader in(body);
      const std::uint8_t address = in.u8();
      const std::string_view text = in.text();
      if (!in.at_end()) break;
      return bus_.note(address, text);
    }
    default: break;
  }
  client.refuse(EPROTO, malformed);
}

void BusServer::greet(Client& client, std::span<const std::uint8_t> body) {
  socket::Hello hello;
  if (!decode(Reader(body), hello) || hello.magic != socket::magic) {
    return client.refuse(EPROTO, "this is a picoctl virtual bus; the client speaks something else");
  }
  if (hello.version != socket::version) {
    return client.refuse(EPROTONOSUPPORT, "this bus speaks version " +
                                              std::to_string(socket::version) +
                                              " of its socket's format, the client version " +
                                              std::to_string(hello.version) +
                                              ": bring both to the same release of picoctl");
  }
  const unsigned known = socket::role_controller | socket::role_target | socket::role_observer |
                         socket::role_control | socket::role_wires | socket::role_steps;
  if (hello.roles == 0 || (hello.roles & ~known) != 0) {
    return client.refuse(EPROTO, "hello names no role, or one that does not exist");
  }
  client.roles = hello.roles;
  client.send(Type::welcome,
              socket::Welcome{.speed_hz = bus_.options().speed_hz, .name = options_.name});
}

void BusServer::transfer(Client& client, std::span<const std::uint8_t> body) {
  socket::Transfer transfer;
  if (!decode(Reader(body), transfer)) return client.refuse(EPROTO, malformed);
  std::vector<std::uint8_t> frame(socket::result_head_size + transfer.read_bytes);
  std::uint8_t* next_read = frame.data() + socket::result_head_size;
  for (auto& message : transfer.all()) {
    if (!message.is_read()) continue;
    message.data = next_read;
    next_read += message.length;
  }
  const Outcome outcome = bus_.transfer(transfer.all());
  if (outcome.hang_up) return client.close();
  const bool with_data = outcome.error == 0 && !outcome.read_skipped;
  socket::Result result{.tag = transfer.tag,
                        .info = {outcome.id, outcome.start_ns, outcome.end_ns},
                        .error = static_cast<std::uint32_t>(outcome.error)};
  result.data_size = with_data ? static_cast<std::uint32_t>(transfer.read_bytes) : 0;
  const std::span<std::uint8_t> bytes(frame);
  socket::Writer out(bytes, Type::result);
  encode(out, result);
  out.end(result.data_size);
  client.send(bytes.first(socket::result_head_size + result.data_size));
}

void BusServer::attach(Client& client, std::span<const std::uint8_t> body) {
  Reader in(body);
  const std::uint32_t tag = in.u32();
  const auto addresses = in.bytes(in.u8());
  if (!in.at_end()) return client.refuse(EPROTO, malformed);
  const bool lawful = !addresses.empty() &&
                      std::ranges::all_of(addresses, [](std::uint8_t at) { return at < 128; });
  if (!lawful) {
    return client.send(Type::done, socket::Done{tag, EINVAL, "addresses are 0x00 to 0x7f"});
  }
  if (!client.target) {
    client.target = std::make_unique<RemoteTarget>(bus_, client, options_.target_timeout);
    bus_.attach(*client.target);
    if (hold_ && &hold_->client == &client) hold_->transaction.leave_out(client.target.get());
  }
  for (const std::uint8_t address : addresses) client.target->add(address);
  client.send(Type::done, socket::Done{tag, 0, {}});
}

void BusServer::control(Client& client, std::span<const std::uint8_t> body) {
  socket::Control control;
  if (!decode(Reader(body), control)) return client.refuse(EPROTO, malformed);
  const Fault fault = control.request.fault;
  const bool now =
      fault == Fault::incomplete_address_phase || fault == Fault::incomplete_write_byte;
  const int error = now && hold_ ? EBUSY : bus_.inject(control.request);
  const std::string_view text = error == EBUSY        ? "another controller has the bus: ask again"
                                : error == EOPNOTSUPP ? "the device cannot suffer that"
                                : error != 0 ? "no such device, or a request without meaning"
                                             : "";
  client.send(Type::done, socket::Done{control.tag, static_cast<std::uint32_t>(error), text});
}

void BusServer::report(Client& client, std::uint32_t tag) {
  const BusCounters& counters = bus_.counters();
  const auto rows = bus_.rows();
  socket::Report report{.speed_hz = bus_.options().speed_hz,
                        .time_ns = bus_.now_ns(),
                        .transfers = counters.transfers,
                        .wire_bytes = counters.wire_bytes,
                        .nacks = counters.nacks,
                        .faults_applied = counters.faults_applied,
                        .faults_missed = counters.faults_missed};
  report.faults_pending = static_cast<std::uint32_t>(bus_.faults_pending());
  report.lines = static_cast<std::uint8_t>((bus_.sda_held() ? 1 : 0) | (bus_.scl_held() ? 2 : 0));
  std::uint8_t buffer[socket::max_small_frame];
  socket::Writer out(buffer, Type::report);
  encode(out, tag, report, rows);
  client.send(out.end());
}

}  // namespace picoctl::sim
