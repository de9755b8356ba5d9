#include "link.hpp"

#include <array>
#include <new>

#include "picoctl/link/description.hpp"

namespace picoctl::micropython {
namespace {

constexpr std::size_t answer_bytes = head_size + max_payload + payload_crc_size;
constexpr std::size_t frame_bytes = request_overhead + max_payload;

// Cuts a piece of memory up, or only counts how much there must be.
class Pieces {
 public:
  explicit Pieces(void* memory) : memory_(static_cast<std::byte*>(memory)) {}

  template <typename T>
  std::span<T> take(std::size_t count) {
    used_ = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    std::byte* const place = memory_ == nullptr ? nullptr : memory_ + used_;
    used_ += count * sizeof(T);
    if (place == nullptr) return {};
    T* const first = reinterpret_cast<T*>(place);
    for (std::size_t i = 0; i < count; ++i) new (first + i) T{};
    return {first, count};
  }
  void* take_link() {
    used_ += sizeof(picoctl_link);
    return memory_;
  }
  std::size_t used() const { return used_; }

 private:
  std::byte* memory_;
  std::size_t used_ = 0;
};

Memory divide(Pieces& pieces, const picoctl_who& who) {
  Memory memory;
  memory.slots = pieces.take<Slot>(who.slots);
  memory.commands = pieces.take<Entry>(who.commands);
  memory.registers = pieces.take<RegisterEntry>(who.registers);
  memory.answers = pieces.take<std::uint8_t>(who.slots * answer_bytes);
  memory.frames = pieces.take<std::uint8_t>(2 * frame_bytes);
  for (std::size_t i = 0; i < memory.slots.size(); ++i) {
    memory.slots[i].kept = memory.answers.subspan(i * answer_bytes, answer_bytes);
  }
  return memory;
}

Result<void> invoke(Context* context, const Entry& entry, Reader& args, Writer& reply) {
  const auto bytes = args.take(args.remaining());
  std::array<std::uint8_t, picoctl_room> room;  // for a reply, or for the text of a failure
  std::size_t used = 0;
  const std::uint8_t code =
      picoctl_call(entry.state, bytes.data(), bytes.size(), context != nullptr, room.data(), &used);
  if (context == nullptr) return code == 0 ? Result<void>{} : Unexpected{Error::bad_arguments};
  if (code != 0) {
    const std::string_view text(reinterpret_cast<const char*>(room.data()), used);
    return context->fail(static_cast<Error>(code), text);
  }
  reply.bytes(std::span(room).first(used));
  return {};
}

void changed(Context&, const RegisterEntry& entry, std::uint32_t) { picoctl_written(entry.state); }

class Counter final : public DescriptionSink {  // of a description's bytes
 public:
  void add(std::string_view piece) override { size_ += piece.size(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

}  // namespace
}  // namespace picoctl::micropython

using namespace picoctl;

picoctl_link::picoctl_link(const picoctl_who& who, void* owner, const micropython::Memory& given)
    : memory(given),
      module{memory.commands, memory.registers},
      board(who, owner),
      core(board, who.address,
           {{&module, 1}, memory.slots, memory.frames, max_payload, max_payload}) {}

size_t picoctl_link_bytes(const picoctl_who* who) {
  micropython::Pieces pieces(nullptr);
  pieces.take_link();
  micropython::divide(pieces, *who);
  return pieces.used();
}

picoctl_link* picoctl_link_make(void* memory, const picoctl_who* who, void* owner) {
  micropython::Pieces pieces(memory);
  void* const place = pieces.take_link();
  return new (place) picoctl_link(*who, owner, micropython::divide(pieces, *who));
}

void picoctl_link_command(picoctl_link* link, size_t at, const picoctl_command* command) {
  Entry& entry = link->memory.commands[at];
  entry.line = {command->line, command->size};
  entry.invoke = &micropython::invoke;
  entry.state = command->state;
  entry.max_reply = command->max_reply;
  entry.alone = command->alone;
  entry.plain_args = Entry::must_look;
}

void picoctl_link_register(picoctl_link* link, size_t at, const picoctl_register* entry) {
  link->memory.registers[at] = {
      entry->number,         entry->size, {entry->line, entry->line_size}, {},
      &micropython::changed, entry->state};
}

bool picoctl_link_has_work(picoctl_link* link) { return link->core.face().has_work(); }

void picoctl_link_restart(picoctl_link* link) { link->core.restart_after_answer(); }

uint32_t picoctl_link_get(picoctl_link* link, uint8_t number) {
  target::RegisterBank& bank = link->core.face().bank();
  link->board.mask_interrupts();
  const std::uint32_t value = bank.value(*bank.find(number));
  link->board.unmask_interrupts();
  return value;
}

void picoctl_link_set(picoctl_link* link, uint8_t number, uint32_t value) {
  link->core.set_register(number, value);
}

size_t picoctl_link_describe(picoctl_link* link, size_t offset, uint8_t* out, size_t room) {
  DescriptionSlice slice(offset, {out, room});
  describe(link->core.commands(), slice);
  return slice.size();
}

size_t picoctl_link_description_size(picoctl_link* link) {
  micropython::Counter counter;
  describe(link->core.commands(), counter);
  return counter.size();
}

void picoctl_link_stats(picoctl_link* link, uint32_t* stats) {
  const target::LinkStats& core = link->core.stats();
  const target::FaceStats& face = link->core.face().stats();
  const std::array<std::uint32_t, picoctl_stats> all{
      face.frames,
      core.ran,
      core.repeated,
      core.bad_frames + face.short_frames,
      core.out_of_order,
      core.no_session,
      face.dropped,
      face.refused_writes,
      static_cast<std::uint32_t>(link->core.slots().open_count())};
  for (std::size_t i = 0; i < all.size(); ++i) stats[i] = all[i];
}
