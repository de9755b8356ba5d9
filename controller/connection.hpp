// Everything behind a Pico object: one session, what the Pico said of itself, and one lock around
// both (C1).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "caller.hpp"
#include "picoctl/controller/pico.hpp"
#include "session.hpp"
#include "wire.hpp"

namespace picoctl::controller {

class Connection {
 public:
  Connection(std::shared_ptr<Bus> bus, std::uint8_t address, std::optional<CallOptions> defaults,
             Nonces nonces = &random_nonce);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Expected<void> open(std::chrono::milliseconds wait_for_slot);

  Expected<Value> call(std::string_view name, std::span<const Value> args,
                       const std::optional<CallOptions>& options,
                       std::optional<std::uint32_t> by = {});
  Expected<std::size_t> call_typed(const TypedCommand& command, std::span<const std::uint8_t> args,
                                   std::span<std::uint8_t> reply,
                                   const std::optional<CallOptions>& options);
  Expected<std::vector<BatchItemResult>> batch(std::span<const BatchItem> items,
                                               const BatchOptions& options);
  Expected<Value> get(std::string_view which);
  Expected<void> set(std::string_view which, std::span<const Value> values);

  // See Pico::on_restart().
  void on_restart(std::function<void(const Restart&)> reapply);

  Expected<std::shared_ptr<const Description>> description();
  Identity identity() const;
  LinkCounters counters() const;
  std::uint8_t address() const { return wire_.address(); }
  Bus& bus() const { return *bus_; }

 private:
  using Lock = std::lock_guard<std::recursive_mutex>;
  using Payload = std::array<std::uint8_t, max_payload>;

  void enter();
  std::chrono::milliseconds deadline() const { return defaults_.value_or(CallOptions{}).deadline; }
  // Valid until it is asked again.
  Expected<const Description*> known();
  Expected<std::string> ask_description();
  Expected<Value> call_once(std::string_view name, std::span<const Value> args,
                            const std::optional<CallOptions>& options,
                            std::optional<std::uint32_t> by);
  Expected<const CommandInfo*> prepared(const Description& description,
                                        const TypedCommand& command);
  Expected<std::size_t> call_typed_once(const TypedCommand& command,
                                        std::span<const std::uint8_t> args,
                                        std::span<std::uint8_t> reply,
                                        const std::optional<CallOptions>& options);
  Expected<std::vector<BatchItemResult>> batch_once(std::span<const BatchItem> items,
                                                    const BatchOptions& options);
  template <typename Once>
  auto by_description(Once once);
  bool restarted() const;
  void after_restart();
  void explain_restart(Failure& failure);
  bool left_safe_mode(const Failure& failure);
  void explain_safe_mode(Failure& failure) const;
  std::string why_it_restarted();
  std::chrono::milliseconds deadline_for(std::uint32_t max_time_ms,
                                         const std::optional<CallOptions>& options) const;

  std::shared_ptr<Bus> bus_;
  std::optional<CallOptions> defaults_;  // as the user gave them
  mutable std::recursive_mutex mutex_;   // what is applied again calls while it is held
  LinkCounters counters_;
  Wire wire_;
  Session session_;
  Caller caller_;
  unsigned generation_;
  std::shared_ptr<const Description> description_;
  // Where description_ has what typed calls named lately; by their addresses.
  std::array<std::pair<const TypedCommand*, const CommandInfo*>, 16> prepared_{};
  std::function<void(const Restart&)> reapply_;
  std::uint32_t known_boot_ = 0;  // that the caller's state was applied to
  bool reapplying_ = false;
};

}  // namespace picoctl::controller
