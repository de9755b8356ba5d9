// From a command's number to its handler: a table in flash, one Entry per command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/command.hpp"
#include "picoctl/link/journal.hpp"
#include "picoctl/link/result.hpp"
#include "picoctl/link/text.hpp"

namespace picoctl {

class Context;  // what a handler may use; defined by the side that runs handlers
struct Entry;
// Called before each handler: the watchdog gives this command its declared time from here on.
using HandlerBegins = void (*)(Context& context, const Entry& entry);

// Decodes the arguments and, unless `context` is null, runs the handler and encodes its reply.
// With a null context it only says whether the arguments would decode.
using Invoke = Result<void> (*)(Context* context, const Entry& entry, Reader& args, Writer& reply);

struct Entry {
  std::string_view line;          // of the description, or the names alone (see `types`)
  const std::string_view* types;  // null, or the types that belong to the names of `line`
  Invoke invoke;                  //
  void* state;                    // whatever `invoke` finds its handler by
  std::uint16_t max_reply;        // bytes, at most 240
  std::uint16_t max_time_ms;      // that a handler may take before the watchdog bites
  bool alone;                     // refused inside a batch
  // So many bytes of arguments decode, whatever they hold, and no other number; or must_look: whether
  // arguments decode only `invoke` can tell.
  std::uint8_t plain_args = must_look;

  static constexpr std::uint8_t must_look = 0xFF;
};

namespace detail {

template <typename C, auto handler>
Result<void> invoke(Context* context, const Entry&, Reader& args, Writer& reply) {
  typename C::Args values{};
  Codec<typename C::Args>::decode(args, values);
  if (!args.finished()) return Unexpected{Error::bad_arguments};
  if (context == nullptr) return {};
  if constexpr (journaled) {
    JournalLine line(C::name.view());
    print_fields(line, values, typename C::Args::fields{});
    journal(*context, line.text());
  }
  if constexpr (std::is_invocable_v<decltype(handler), Context&, const typename C::Args&,
                                    Writer&>) {
    return handler(*context, values, reply);
  } else if constexpr (std::is_same_v<typename C::Reply, Nothing>) {
    return handler(*context, values);
  } else {
    auto result = handler(*context, values);
    if (!result) return Unexpected{result.error()};
    Codec<typename C::Reply>::encode(reply, *result);
    return {};
  }
}

template <typename C>
using HandlerResult =
    Result<std::conditional_t<std::is_same_v<typename C::Reply, Nothing>, void, typename C::Reply>>;

}  // namespace detail

// The table row that ties a declared command to its handler:
//   Result<Reply> handler(Context&, const Args&)         (Result<void> if the reply is Nothing)
//   Result<void> handler(Context&, const Args&, Writer&) encodes a long reply in place
// `alone`: for commands such as restart, which cannot be part of a batch.
template <typename C, auto handler>
consteval Entry entry(bool alone = false) {
  static_assert(std::is_invocable_r_v<detail::HandlerResult<C>, decltype(handler), Context&,
                                      const typename C::Args&> ||
                    std::is_invocable_r_v<Result<void>, decltype(handler), Context&,
                                          const typename C::Args&, Writer&>,
                "the handler of this command is Result<Reply> (Context&, const Args&)");
  static_assert(C::max_time_ms <= 0xFFFF);
  return {C::line.view(),
          nullptr,
          &detail::invoke<C, handler>,
          nullptr,
          Codec<typename C::Reply>::max_size,
          C::max_time_ms,
          alone,
          Codec<typename C::Args>::any_bytes ? std::uint8_t{Codec<typename C::Args>::max_size}
                                             : Entry::must_look};
}

// True if no two commands of a module share their name: static_assert it beside the table.
constexpr std::string_view name_of(const Entry& entry) {
  // Not find(): under -fsanitize=undefined gcc 12 refuses it in a constant expression.
  std::size_t end = 0;
  while (end < entry.line.size() && entry.line[end] != ' ') ++end;
  return part(entry.line, 0, end);
}
constexpr bool names_differ(std::span<const Entry> entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t j = i + 1; j < entries.size(); ++j) {
      if (name_of(entries[i]) == name_of(entries[j])) return false;
    }
  }
  return true;
}

// A plain register (0x00-0x7F) that a target declares: outside the CRC, for i2cset and friends.
struct RegisterEntry {
  std::uint8_t number;    // of its first byte, 0x00-0x7F
  std::uint8_t size;      // 1, 2 or 4 bytes, little-endian
  std::string_view line;  // "light1:u8 # Light 1", or the name alone if `type` is not empty
  std::string_view type;  //
  // Runs in the event loop at least once after the last write; `value` in the low bytes.
  void (*changed)(Context& context, const RegisterEntry& entry, std::uint32_t value);
  void* state;
};

// What belongs together: commands and registers of one part, such as the lights.
struct Module {
  std::span<const Entry> commands;
  std::span<const RegisterEntry> registers;
};

// All commands of a target in the order of their numbers: those of the first module from 1 on, then
// those of the second, … Number 0 is the batch.
class Commands {
 public:
  explicit constexpr Commands(std::span<const Module> modules) : modules_(modules) {}

  const Entry* find(std::uint16_t number) const {
    if (number == 0) return nullptr;
    std::size_t index = number - 1U;
    for (const Module& module : modules_) {
      if (index < module.commands.size()) return &module.commands[index];
      index -= module.commands.size();
    }
    return nullptr;
  }
  std::span<const Module> modules() const { return modules_; }

 private:
  std::span<const Module> modules_;
};

// The command number of a request: CMD itself, or CMD and the payload's first byte. Consumes that.
inline std::uint16_t take_command_number(std::uint8_t cmd, Reader& payload) {
  if (cmd <= max_short_command) return cmd;
  return static_cast<std::uint16_t>((cmd & 0x7FU) << 8U | payload.byte());
}

}  // namespace picoctl
