#include "connection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "batch_codec.hpp"
#include "cache.hpp"
#include "picoctl/commands/system.hpp"
#include "picoctl/link/description.hpp"
#include "process.hpp"
#include "register_access.hpp"
#include "value_codec.hpp"

namespace picoctl::controller {
namespace {

using namespace std::chrono_literals;

constexpr auto asking_time = 300ms;    // why a Pico restarted
constexpr auto describing_time = 15s;  // 64 KB at 100 kHz take 7

// The command was not sent, for it was encoded by a description that is no longer true.
bool outdated(const Failure& failure) {
  return failure.error == Error::unknown_command && failure.outcome == Outcome::not_run;
}

bool is_missing(const Failure& failure) {
  return failure.error == Error::no_such_command || failure.error == Error::no_such_register ||
         failure.error == Error::unknown_command;
}

}  // namespace

Connection::Connection(std::shared_ptr<Bus> bus, std::uint8_t address,
                       std::optional<CallOptions> defaults, Nonces nonces)
    : bus_(std::move(bus)),
      defaults_(defaults),
      wire_(*bus_, address, counters_),
      session_(wire_, std::move(nonces), counters_),
      caller_(wire_, session_, counters_),
      generation_(process_generation()) {}

Connection::~Connection() {
  enter();
  session_.leave();
}

// C1: a session belongs to the process that opened it.
void Connection::enter() {
  if (generation_ == process_generation()) return;
  generation_ = process_generation();
  session_.forget();
}

Expected<void> Connection::open(std::chrono::milliseconds wait_for_slot) {
  const Lock lock(mutex_);
  enter();
  const auto now = bus_->now();
  auto opened = session_.open(now + deadline(), now + wait_for_slot);
  if (opened) known_boot_ = session_.identity().boot_id;
  return opened;
}

// A command that says it may take longer is waited for, unless the caller says how long.
std::chrono::milliseconds Connection::deadline_for(
    std::uint32_t max_time_ms, const std::optional<CallOptions>& options) const {
  if (options) return options->deadline;
  if (defaults_ || max_time_ms <= default_max_time_ms) return deadline();
  return std::chrono::milliseconds(max_time_ms) + 500ms;
}

// What `once` encodes by the description at hand runs by that description or not at all; if the Pico
// turns out to have another, once more by that.
template <typename Once>
auto Connection::by_description(Once once) {
  const Lock lock(mutex_);
  enter();
  auto result = once();
  if (!result && (outdated(result.error()) || left_safe_mode(result.error()))) result = once();
  if (!result) explain_restart(result.error());
  if (!result) explain_safe_mode(result.error());
  if (!restarted()) return result;
  const bool held_back = caller_.held_back();
  after_restart();
  // It would have met a Pico without its state: it is sent now.
  if (!result && held_back) result = once();
  return result;
}

// Whether a session with another boot of this Pico is open, of which the caller's state knows nothing.
bool Connection::restarted() const {
  return session_.is_open() && !reapplying_ && known_boot_ != 0 &&
         session_.identity().boot_id != known_boot_;
}

void Connection::after_restart() {
  known_boot_ = session_.identity().boot_id;
  if (!reapply_) return;
  reapplying_ = true;
  const auto reapply = reapply_;  // it may set another one
  reapply({known_boot_, why_it_restarted()});
  reapplying_ = false;
}

// "watchdog", …; empty if it cannot be asked.
std::string Connection::why_it_restarted() {
  const auto reply = call_once("system.identify", {}, CallOptions{asking_time}, {});
  if (!reply) return {};
  const auto cause = reply->find("reset");
  return cause != reply->end() && cause->is_string() ? cause->get<std::string>() : std::string();
}

// The Pico that was lost amid a command may be there again, and know why.
void Connection::explain_restart(Failure& failure) {
  const bool lost =
      failure.outcome == Outcome::unknown || failure.outcome == Outcome::still_running;
  if (!lost || reapplying_ || failure.detail.find("restarted") == std::string::npos) return;
  if (const std::string why = why_it_restarted(); !why.empty()) {
    failure.detail += fmt::format(" (reset: {})", why);
  }
}

// Nothing is sent for a command that is not there: that the Pico has left safe mode must be asked for.
bool Connection::left_safe_mode(const Failure& failure) {
  if (!is_missing(failure) || !session_.identity().safe_mode) return false;
  const auto now = read_identity(wire_);
  if (!now || now->boot_id == session_.identity().boot_id) return false;
  session_.abandon();
  return true;
}

// What the Pico has not now it may have when its program runs.
void Connection::explain_safe_mode(Failure& failure) const {
  if (is_missing(failure) && session_.identity().safe_mode) failure.error = Error::safe_mode;
}

void Connection::on_restart(std::function<void(const Restart&)> reapply) {
  const Lock lock(mutex_);
  reapply_ = std::move(reapply);
  caller_.hold_back_at_restart(reapply_ != nullptr);
}

Expected<const Description*> Connection::known() {
  if (!session_.is_open()) {
    const auto until = bus_->now() + deadline();
    if (auto opened = session_.open(until, until); !opened) return Unexpected{opened.error()};
    if (reapply_ && restarted()) after_restart();
  }
  const std::uint32_t hash = session_.identity().description;
  if (description_ != nullptr && description_->hash() == hash) return description_.get();
  auto text = load_description(hash);
  if (!text) {
    auto asked = ask_description();
    if (!asked) return Unexpected{asked.error()};
    keep_description(hash, *asked);
    text = std::move(*asked);
  }
  auto parsed = parse_description(std::move(*text));
  if (!parsed) return Unexpected{parsed.error()};
  description_ = std::make_shared<const Description>(std::move(*parsed));
  prepared_ = {};
  return description_.get();
}

Expected<std::string> Connection::ask_description() {
  std::string text;
  const auto until = bus_->now() + describing_time;
  while (text.size() <= 0xFFFF && bus_->now() < until) {
    std::array<std::uint8_t, 2> offset{};
    Writer writer(offset);
    writer.integer(static_cast<std::uint16_t>(text.size()));
    const std::size_t whole = session_.identity().max_reply;
    const auto reply = caller_.run({"system.describe", system::describe_number, offset, whole,
                                    max_payload, session_.identity().description},
                                   deadline());
    if (!reply) return Unexpected{reply.error()};
    Reader reader(*reply);
    const auto piece = reader.take(reader.byte());
    if (!reader.finished()) return fail(Error::bad_description, "it comes in broken pieces");
    if (piece.empty()) break;
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  if (description_hash(text) == session_.identity().description) return text;
  return fail(Error::bad_description, "its text does not fit the hash that the Pico gives for it");
}

Expected<Value> Connection::call(std::string_view name, std::span<const Value> args,
                                 const std::optional<CallOptions>& options,
                                 std::optional<std::uint32_t> by) {
  return by_description([&] { return call_once(name, args, options, by); });
}

Expected<Value> Connection::call_once(std::string_view name, std::span<const Value> args,
                                      const std::optional<CallOptions>& options,
                                      std::optional<std::uint32_t> by) {
  const auto description = known();
  if (!description) return Unexpected{description.error()};
  if (by && *by != (*description)->hash()) {
    return fail(Error::unknown_command,
                fmt::format("'{}': the Pico has another program now", name));
  }
  const auto command = (*description)->command(name);
  if (!command) return Unexpected{command.error()};
  Payload payload;
  Writer writer(payload);
  if (auto encoded = encode_args(**command, args, writer); !encoded) {
    return Unexpected{encoded.error()};
  }
  const auto reply =
      caller_.run({(*command)->name, (*command)->number, writer.written(), (*command)->min_reply,
                   (*command)->max_reply, (*description)->hash()},
                  deadline_for((*command)->max_time_ms, options));
  if (!reply) return Unexpected{reply.error()};
  if (auto value = decode_reply(**command, *reply)) return std::move(*value);
  return fail(Error::bad_description,
              fmt::format("the reply of '{}' is not what it describes", name), Outcome::done);
}

Expected<std::size_t> Connection::call_typed(const TypedCommand& command,
                                             std::span<const std::uint8_t> args,
                                             std::span<std::uint8_t> reply,
                                             const std::optional<CallOptions>& options) {
  return by_description([&] { return call_typed_once(command, args, reply, options); });
}

// The Pico's own word on a command that this program declares too. Looked for once, not at every call.
Expected<const CommandInfo*> Connection::prepared(const Description& description,
                                                  const TypedCommand& command) {
  const auto place = reinterpret_cast<std::uintptr_t>(&command) / sizeof(TypedCommand);
  auto& [known, info] = prepared_[place % prepared_.size()];
  if (known != &command) {
    auto found = description.command(command.name);
    if (!found) return found;
    known = &command;
    info = *found;
  }
  if (info->signature == command.signature) return info;
  return fail(Error::wrong_type, fmt::format("this program calls '{}', the Pico has '{}'",
                                             command.signature, info->signature));
}

Expected<std::size_t> Connection::call_typed_once(const TypedCommand& command,
                                                  std::span<const std::uint8_t> args,
                                                  std::span<std::uint8_t> reply,
                                                  const std::optional<CallOptions>& options) {
  const auto description = known();
  if (!description) return Unexpected{description.error()};
  const auto info = prepared(**description, command);
  if (!info) return Unexpected{info.error()};
  const auto answer = caller_.run({command.name, (*info)->number, args, command.min_reply,
                                   command.max_reply, (*description)->hash()},
                                  deadline_for((*info)->max_time_ms, options));
  if (!answer) return Unexpected{answer.error()};
  std::copy(answer->begin(), answer->end(), reply.begin());
  return answer->size();
}

Expected<std::vector<BatchItemResult>> Connection::batch(std::span<const BatchItem> items,
                                                         const BatchOptions& options) {
  return by_description([&] { return batch_once(items, options); });
}

Expected<std::vector<BatchItemResult>> Connection::batch_once(std::span<const BatchItem> items,
                                                              const BatchOptions& options) {
  const auto description = known();
  if (!description) return Unexpected{description.error()};
  Payload payload;
  Writer writer(payload);
  const auto commands = encode_batch(**description, items, options.go_on, writer);
  if (!commands) return Unexpected{commands.error()};
  const auto reply = caller_.run(
      {"batch", batch_command, writer.written(), 1, max_payload, (*description)->hash()},
      options.call.deadline);
  if (!reply) return Unexpected{reply.error()};
  return decode_batch(*commands, *reply);
}

Expected<Value> Connection::get(std::string_view which) {
  return by_description([&]() -> Expected<Value> {
    const auto description = known();
    if (!description) return Unexpected{description.error()};
    return read_register(wire_, **description, which);
  });
}

Expected<void> Connection::set(std::string_view which, std::span<const Value> values) {
  return by_description([&]() -> Expected<void> {
    const auto description = known();
    if (!description) return Unexpected{description.error()};
    return write_registers(wire_, **description, which, values);
  });
}

Expected<std::shared_ptr<const Description>> Connection::description() {
  return by_description([&]() -> Expected<std::shared_ptr<const Description>> {
    if (auto asked = known(); !asked) return Unexpected{asked.error()};
    return description_;
  });
}

Identity Connection::identity() const {
  const Lock lock(mutex_);
  return session_.identity();
}

LinkCounters Connection::counters() const {
  const Lock lock(mutex_);
  return counters_;
}

}  // namespace picoctl::controller
