#include "picoctl/link/batch.hpp"

namespace picoctl {
namespace {

Result<void> check_entries(const Commands& commands, Reader payload) {
  std::uint8_t no_room = 0;
  Writer nowhere({&no_room, 0});
  while (payload.remaining() > 0) {
    const auto item = take_batch_entry(payload);
    if (!item) return Unexpected{Error::bad_batch};
    Reader args(item->args);
    const Entry* entry = commands.find(take_command_number(item->command, args));
    if (entry == nullptr || entry->alone) return Unexpected{Error::bad_batch};
    if (auto checked = entry->invoke(nullptr, *entry, args, nowhere); !checked) return checked;
  }
  return {};
}

// Runs one entry; its reply lies in `reply` behind a status and a length. False if it failed.
bool run_entry(const Entry& entry, Context& context, Reader args, Writer& reply,
               HandlerBegins begins) {
  const std::size_t start = reply.size();
  reply.integer<std::uint16_t>(0);
  if (begins != nullptr) begins(context, entry);
  const auto result = entry.invoke(&context, entry, args, reply);
  if (!result) reply.rewind(start + batch_entry_overhead);
  const auto written = reply.written();
  written[start] = result ? 0 : static_cast<std::uint8_t>(result.error());
  written[start + 1] = static_cast<std::uint8_t>(written.size() - start - batch_entry_overhead);
  return result.has_value();
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
  if (auto checked = check_entries(commands, payload); !checked) return checked;
  if (reply.free() == 0) return Unexpected{Error::reply_too_long};

  reply.byte(0);
  std::uint8_t count = 0;
  while (payload.remaining() > 0) {
    const auto item = take_batch_entry(payload);
    Reader args(item->args);
    const Entry& entry = *commands.find(take_command_number(item->command, args));
    if (reply.free() < batch_entry_overhead + entry.max_reply) break;
    ++count;
    if (!run_entry(entry, context, args, reply, begins) && (flags & batch_goes_on) == 0) break;
  }
  reply.written()[0] = count;
  return {};
}

}  // namespace picoctl
