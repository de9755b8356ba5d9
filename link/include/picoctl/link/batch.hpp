// A batch: several commands in one frame, in order, atomically checked.
//
//   request  CMD 0, payload  flags | {CMD, LEN, args[LEN]}*
//   answer   count | {status, LEN, reply[LEN]}*
//
// Status 0 is fine, else it is an Error; count is how many entries ran.
// All entries are checked before any runs. They run in order and stop at the first failure unless
// the flag says go on. An entry whose largest reply does not fit any more is not started.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/dispatch.hpp"

namespace picoctl {

inline constexpr std::uint8_t batch_goes_on = 0x01;
inline constexpr std::size_t batch_entry_overhead = 2;  // CMD, LEN; and status, LEN

struct BatchEntry {
  std::uint8_t command = 0;
  std::span<const std::uint8_t> args;
};

struct BatchReply {
  std::uint8_t status = 0;  // 0 or an Error that travels
  std::span<const std::uint8_t> reply;
};

// Takes the next entry off a request's payload (or the next reply off an answer's); empty, and the
// reader failed, if it is cut short.
std::optional<BatchEntry> take_batch_entry(Reader& payload);
std::optional<BatchReply> take_batch_reply(Reader& payload);

// Appends an entry to a request's payload; false if it does not fit.
bool put_batch_entry(Writer& payload, const BatchEntry& entry);

// Runs the batch in `payload`, writing its answer to `reply`.
Result<void> run_batch(
    const Commands& commands, Context& context, Reader payload, Writer& reply,
    HandlerBegins begins = [](Context&, const Entry&) {});

}  // namespace picoctl
