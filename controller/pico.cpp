#include "picoctl/controller/pico.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "connection.hpp"
#include "which_pico.hpp"

namespace picoctl {
namespace {

using namespace std::chrono_literals;

std::string member(const Value& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Pico::Pico(std::unique_ptr<controller::Connection> connection)
    : connection_(std::move(connection)) {}
Pico::Pico(Pico&&) noexcept = default;
Pico& Pico::operator=(Pico&&) noexcept = default;
Pico::~Pico() = default;

Expected<Pico> connect(const ConnectOptions& options) {
  auto bus = open_bus(options.bus);
  if (!bus) return Unexpected{bus.error()};
  return connect(std::shared_ptr<Bus>(std::move(*bus)), options);
}

Expected<Pico> connect(std::shared_ptr<Bus> bus, const ConnectOptions& options) {
  const auto address = controller::which_pico(*bus, options);
  if (!address) return Unexpected{address.error()};
  auto connection =
      std::make_unique<controller::Connection>(std::move(bus), *address, options.call);
  const auto for_a_slot =
      std::max(options.wait_for_slot, options.call.value_or(CallOptions{0ms}).deadline);
  if (auto opened = connection->open(for_a_slot); !opened) {
    return Unexpected{opened.error()};
  }
  return Pico(std::move(connection));
}

Expected<Value> Pico::call_values(std::string_view name, std::span<const Value> args,
                                  std::optional<CallOptions> options,
                                  std::optional<std::uint32_t> by) {
  return connection_->call(name, args, options, by);
}

Expected<std::size_t> Pico::call_typed(const controller::TypedCommand& command,
                                       std::span<const std::uint8_t> args,
                                       std::span<std::uint8_t> reply,
                                       const std::optional<CallOptions>& options) {
  return connection_->call_typed(command, args, reply, options);
}

Unexpected<Failure> Pico::undecodable(std::string_view name) {
  return fail(Error::bad_description,
              fmt::format("the reply of '{}' is not what it describes", name), Outcome::done);
}

Expected<std::vector<BatchItemResult>> Pico::batch(std::span<const BatchItem> items,
                                                   const BatchOptions& options) {
  return connection_->batch(items, options);
}

Expected<Value> Pico::get(std::string_view which) { return connection_->get(which); }
Expected<void> Pico::set_values(std::string_view which, std::span<const Value> values) {
  return connection_->set(which, values);
}

Expected<PicoName> Pico::name() {
  const auto reply = call_values("system.identify", {});
  if (!reply) return Unexpected{reply.error()};
  return PicoName{member(*reply, "name"), member(*reply, "board"), member(*reply, "reset")};
}

Expected<std::shared_ptr<const Description>> Pico::description() {
  return connection_->description();
}
// A Pico that was moved meanwhile is another object, with the same connection.
void Pico::on_restart(std::function<void(Pico&, const Restart&)> reapply) {
  if (!reapply) return connection_->on_restart(nullptr);
  connection_->on_restart(
      [connection = connection_.get(), reapply = std::move(reapply)](const Restart& restart) {
        struct Borrowed {
          Pico pico;
          ~Borrowed() { static_cast<void>(pico.connection_.release()); }
        } self{Pico(std::unique_ptr<controller::Connection>(connection))};
        reapply(self.pico, restart);
      });
}

Identity Pico::identity() const { return connection_->identity(); }
LinkCounters Pico::counters() const { return connection_->counters(); }
std::uint8_t Pico::address() const { return connection_->address(); }
Bus& Pico::bus() const { return connection_->bus(); }

}  // namespace picoctl
