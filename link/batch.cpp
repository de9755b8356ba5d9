#include "picoctl/link/batch.hpp"

namespace picoctl {
namespace {

// One entry after the other. Nothing is copied, and whoever repeats a command is not made to wait
// until it is found again: a batch of small commands is as quick as this.
class Entries {
 public:
  Entries(const Commands& commands, Reader payload)
      : commands_(commands), at_(payload.rest().data()), end_(at_ + payload.remaining()) {}

  bool more() const { return at_ != end_; }
  // The command of the next entry, whose arguments are in `args` then. Null: it is cut short, or
  // there is no such command.
  const Entry* next(Reader& args) {
    if (end_ - at_ < 2 || end_ - at_ - 2 < at_[1]) return nullptr;
    const std::uint8_t command = at_[0];
    args = Reader({at_ + 2, at_[1]});
    at_ += 2 + at_[1];
    if (command == 0 || command != found_for_) {
      found_ = commands_.find(take_command_number(command, args));
      found_for_ = command <= max_short_command ? command : 0;
    }
    return found_;
  }

 private:
  const Commands& commands_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const Entry* found_ = nullptr;
  std::uint8_t found_for_ = 0;  // 0: for none
};

Result<void> check(Entries entries) {
  std::uint8_t no_room = 0;
  Writer nowhere({&no_room, 0});
  while (entries.more()) {
    Reader args({});
    const Entry* const entry = entries.next(args);
    if (entry == nullptr || entry->alone) return Unexpected{Error::bad_batch};
    if (auto checked = entry->invoke(nullptr, *entry, args, nowhere); !checked) return checked;
  }
  return {};
}

// Runs one entry; its reply lies in `reply` behind a status and a length. False if it failed.
bool run_entry(const Entry& entry, Context& context, Reader& args, Writer& reply,
               HandlerBegins begins) {
  const std::size_t start = reply.size();
  reply.skip(batch_entry_overhead);
  if (begins != nullptr) begins(context, entry);
  const auto result = entry.invoke(&context, entry, args, reply);
  if (!result) reply.rewind(start + batch_entry_overhead);
  std::uint8_t* const head = reply.written().data() + start;
  head[0] = result ? 0 : static_cast<std::uint8_t>(result.error());
  head[1] = static_cast<std::uint8_t>(reply.size() - start - batch_entry_overhead);
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
  Entries entries(commands, payload);
  if (auto checked = check(entries); !checked) return checked;
  if (reply.free() == 0) return Unexpected{Error::reply_too_long};

  reply.byte(0);
  std::uint8_t count = 0;
  while (entries.more()) {
    Reader args({});
    const Entry& entry = *entries.next(args);
    if (reply.free() < batch_entry_overhead + entry.max_reply) break;
    ++count;
    if (!run_entry(entry, context, args, reply, begins) && (flags & batch_goes_on) == 0) break;
  }
  reply.written()[0] = count;
  return {};
}

}  // namespace picoctl
