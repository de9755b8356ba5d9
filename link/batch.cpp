#include "picoctl/link/batch.hpp"

namespace picoctl {
namespace {

// The two loops below are what a batch of small commands costs. So nothing is copied in them, nobody
// who repeats a command waits until it is found again, and each has few enough values at hand for the
// registers of a Cortex-M0+.

// What became known of a command with a short number, for its next entry. Number 0: nothing.
struct Known {
  const Entry* entry = nullptr;
  std::uint8_t number = 0;
};

[[gnu::noinline]] const Entry* find(const Commands& commands, std::uint8_t command, Reader& args,
                                    Known& known) {
  const Entry* const entry = commands.find(take_command_number(command, args));
  known = {entry, command <= max_short_command ? command : std::uint8_t{0}};
  return entry;
}

// One entry, looked at in full.
[[gnu::noinline]] Result<void> check_entry(const Commands& commands, const std::uint8_t* at,
                                           Known& known) {
  Reader args({at + batch_entry_overhead, at[1]});
  const Entry* const entry = find(commands, at[0], args, known);
  if (entry == nullptr || entry->alone) return Unexpected{Error::bad_batch};
  std::uint8_t no_room = 0;
  Writer nowhere({&no_room, 0});
  return entry->invoke(nullptr, *entry, args, nowhere);
}

[[gnu::noinline]] Result<void> check(const Commands& commands,
                                     std::span<const std::uint8_t> entries) {
  const std::uint8_t* at = entries.data();
  const std::uint8_t* const end = at + entries.size();
  Known known;
  unsigned number = 0;                // the same once more, of a command whose arguments decode
  unsigned plain = Entry::must_look;  // whatever they hold
  while (end - at >= 2) {
    const std::uint8_t* const next = at + batch_entry_overhead + at[1];
    if (at[0] != number || at[1] != plain) {
      if (next > end) break;
      if (auto checked = check_entry(commands, at, known); !checked) return checked;
      number = known.number;
      plain = known.entry->plain_args;
    }
    at = next;
  }
  return at == end ? Result<void>{} : Unexpected{Error::bad_batch};
}

// Those that there is room for, up to the first failure unless the batch goes on. How many ran.
[[gnu::noinline]] std::uint8_t run(const Commands& commands, Context& context,
                                   std::span<const std::uint8_t> entries, bool goes_on,
                                   Writer& reply, HandlerBegins begins) {
  const std::uint8_t* at = entries.data();
  const std::uint8_t* const end = at + entries.size();
  const std::size_t room = reply.size() + reply.free();
  Known known;
  std::uint8_t count = 0;
  while (at != end) {
    Reader args({at + batch_entry_overhead, at[1]});
    const Entry* const entry =
        at[0] == known.number ? known.entry : find(commands, at[0], args, known);
    if (entry == nullptr) __builtin_unreachable();  // check() has seen them all
    const std::size_t start = reply.size() + batch_entry_overhead;
    if (room < start + entry->max_reply) break;
    ++count;
    reply.rewind(start);
    begins(context, *entry);
    const auto result = entry->invoke(&context, *entry, args, reply);
    if (!result) reply.rewind(start);
    std::uint8_t* const head = reply.written().data() + start - batch_entry_overhead;
    head[0] = result ? 0 : static_cast<std::uint8_t>(result.error());
    head[1] = static_cast<std::uint8_t>(reply.size() - start);
    if (!result && !goes_on) break;
    at += batch_entry_overhead + at[1];
  }
  return count;
}

}  // namespace

std::optional<BatchEntry> take_batch_entry(Reader& payload) {
  BatchEntry entry;
  entry.command = payload.byte();
  entry.args = payload.take(payload.byte());
  if (!payload.ok()) return std::nullopt;
  return entry;
}

std::optional<BatchReply> take_batch_reply(Reader& payload) {
  BatchReply reply;
  reply.status = payload.byte();
  reply.reply = payload.take(payload.byte());
  if (!payload.ok()) return std::nullopt;
  return reply;
}

bool put_batch_entry(Writer& payload, const BatchEntry& entry) {
  if (entry.args.size() > max_payload) return false;
  payload.byte(entry.command);
  payload.byte(static_cast<std::uint8_t>(entry.args.size()));
  payload.bytes(entry.args);
  return payload.ok();
}

Result<void> run_batch(const Commands& commands, Context& context, Reader payload, Writer& reply,
                       HandlerBegins begins) {
  const std::uint8_t flags = payload.byte();
  if (!payload.ok() || (flags & ~batch_goes_on) != 0) return Unexpected{Error::bad_batch};
  if (auto checked = check(commands, payload.rest()); !checked) return checked;
  if (reply.free() == 0) return Unexpected{Error::reply_too_long};
  reply.byte(0);
  const std::uint8_t count =
      run(commands, context, payload.rest(), (flags & batch_goes_on) != 0, reply, begins);
  reply.written()[0] = count;
  return {};
}

}  // namespace picoctl
