#include "batch_codec.hpp"

#include <fmt/format.h>

#include <array>

#include "picoctl/link/batch.hpp"
#include "text.hpp"
#include "value_codec.hpp"

namespace picoctl::controller {
namespace {

Expected<void> encode_item(const CommandInfo& command, std::span<const Value> args,
                           Writer& payload) {
  std::array<std::uint8_t, max_payload> bytes;
  Writer writer(bytes);
  const bool is_long = command.number > max_short_command;
  if (is_long) writer.byte(static_cast<std::uint8_t>(command.number));
  if (auto encoded = encode_args(command, args, writer); !encoded) return encoded;
  const auto number = static_cast<std::uint8_t>(
      is_long ? 0x80U | static_cast<unsigned>(command.number >> 8U) : command.number);
  if (!writer.ok() || !put_batch_entry(payload, {number, writer.written()})) {
    return fail(Error::too_long, "the batch does not fit one request");
  }
  return {};
}

Failure failure_of(const CommandInfo& command, std::uint8_t status) {
  const auto error = static_cast<Error>(status);
  const bool known = travels(error) && info(error).error == error;
  return {travels(error) ? error : Error::handler_failed, Outcome::done,
          known ? fmt::format("'{}'", command.name)
                : fmt::format("'{}': error {}", command.name, hex_byte(status))};
}

Unexpected<Failure> broken() {
  return fail(Error::bad_description, "the answer to a batch makes no sense", Outcome::done);
}

}  // namespace

Expected<BatchCommands> encode_batch(const Description& description,
                                     std::span<const BatchItem> items, bool go_on,
                                     Writer& payload) {
  BatchCommands commands;
  payload.byte(go_on ? batch_goes_on : 0);
  for (const BatchItem& item : items) {
    const auto command = description.command(item.name);
    if (!command) return Unexpected{command.error()};
    if (auto encoded = encode_item(**command, item.args, payload); !encoded) {
      return Unexpected{encoded.error()};
    }
    commands.push_back(*command);
  }
  return commands;
}

Expected<std::vector<BatchItemResult>> decode_batch(const BatchCommands& commands,
                                                    std::span<const std::uint8_t> answer) {
  std::vector<BatchItemResult> results(commands.size());
  Reader reader(answer);
  const std::size_t ran = reader.byte();
  if (ran > commands.size()) return broken();
  for (std::size_t i = 0; i < ran; ++i) {
    const auto reply = take_batch_reply(reader);
    if (!reply) return broken();
    results[i].ran = true;
    if (reply->status != 0) {
      results[i].failure = failure_of(*commands[i], reply->status);
      continue;
    }
    auto value = decode_reply(*commands[i], reply->reply);
    if (!value) return broken();
    results[i].reply = std::move(*value);
  }
  if (!reader.finished()) return broken();
  return results;
}

}  // namespace picoctl::controller
