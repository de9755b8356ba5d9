// What the bytes on the wires mean to a picoctl Pico (docs/PROTOCOL.md, "Registers").
#include "reading.hpp"

namespace picoctl::controller::trace {
namespace {

std::string register_name(const Acquaintance& target, std::uint8_t number) {
  if (number == registers::request) return "REQUEST";
  if (number == registers::response) return "RESPONSE";
  if (number > registers::response) {
    return "RESPONSE+" + std::to_string(number - registers::response);
  }
  if (number == registers::identity) return "IDENTITY";
  const RegisterInfo* known =
      target.description != nullptr ? target.description->find_register(number) : nullptr;
  return known != nullptr ? known->name : hex(number);
}

// Values of the user's own registers, from `number` on.
void explain_registers(Reading& reading, unsigned number) {
  const auto& description = reading.target().description;
  while (reading.left() > 0 && number < registers::user_end) {
    const RegisterInfo* known = description != nullptr
                                    ? description->find_register(static_cast<std::uint8_t>(number))
                                    : nullptr;
    if (known == nullptr || known->type.size > reading.left()) break;
    reading.take_values(Meaning::data, known->type.size, {{known->name, known->type, known->unit}});
    number += static_cast<unsigned>(known->type.size);
  }
  reading.take_rest(Meaning::data, "data");
}

void explain_write(Reading& reading) {
  if (reading.left() == 0) return;
  Acquaintance& target = reading.target();
  const std::uint8_t number = reading.rest()[0];
  reading.take(Meaning::register_number, 1, "register", register_name(target, number));
  target.pointer = number;
  if (reading.left() == 0) return;
  if (number != registers::request) return explain_registers(reading, number);
  target.pointer = registers::response;
  explain_request(reading);
}

void explain_identity(Reading& reading) {
  const auto identity = reading.left() == registers::identity_size
                            ? decode_identity(reading.rest(), reading.address())
                            : std::nullopt;
  if (!identity) return reading.take_rest(Meaning::identity, "IDENTITY");
  reading.target().identity = identity;
  const auto number = [](auto value) { return std::to_string(value); };
  reading.take(Meaning::identity, 3, "magic", "a picoctl Pico");
  reading.take(Meaning::identity, 1, "protocol",
               number(identity->version.major) + "." + number(identity->version.minor));
  reading.take(Meaning::identity, 1, "flags", identity->mailbox ? "mailbox" : "none");
  reading.take(Meaning::identity, 1, "max request", number(identity->max_request));
  reading.take(Meaning::identity, 1, "max reply", number(identity->max_reply));
  reading.take(Meaning::identity, 1, "slots", number(identity->slots));
  reading.take(Meaning::identity, 4, "boot id", hex(reading.rest().first(4)));
  reading.take(Meaning::identity, 4, "description", hex(reading.rest().first(4)));
  reading.take(Meaning::identity, 8, "unique id", hex(reading.rest().first(8)));
  reading.take(Meaning::identity, 1, "chip", number(static_cast<unsigned>(identity->chip)));
  reading.take(Meaning::identity, 3, "firmware",
               number(identity->firmware.major) + "." + number(identity->firmware.minor) + "." +
                   number(identity->firmware.patch));
  reading.take(Meaning::crc, 2, "CRC", hex(reading.rest().first(2)), Check::right);
}

void explain_read(Reading& reading) {
  if (reading.left() == 0) return;
  const std::uint8_t pointer = reading.target().pointer;
  if (pointer == registers::response) return explain_answer(reading);
  if (pointer == registers::identity) return explain_identity(reading);
  if (pointer < registers::user_end) return explain_registers(reading, pointer);
  reading.take_rest(Meaning::unknown, "bytes");
}

}  // namespace

const CommandInfo* Acquaintance::command(std::uint16_t number) const {
  const bool known =
      description != nullptr && number > 0 && number <= description->commands().size();
  return known ? &description->commands()[number - 1U] : nullptr;
}

std::optional<std::uint16_t> Acquaintance::key(std::uint8_t slot) const {
  return slot == public_slot ? public_key : keys.at(slot);
}

void Decoder::know(std::uint8_t address, std::shared_ptr<const Description> description) {
  targets_[address].description = std::move(description);
}

void Decoder::know(std::uint8_t address, const Identity& identity) {
  targets_[address].identity = identity;
}

Transaction Decoder::decode(const Recorded& recorded) {
  Transaction transaction = assemble(recorded);
  for (Segment& segment : transaction.segments) {
    if (segment.bytes.empty()) continue;
    Reading reading(transaction, segment, targets_[segment.address()]);
    segment.fields.push_back({Meaning::address, 0, 1, "address",
                              hex(segment.address()) + (segment.is_read() ? " read" : " write")});
    if (segment.is_read()) {
      explain_read(reading);
    } else {
      explain_write(reading);
    }
  }
  return transaction;
}

}  // namespace picoctl::controller::trace
