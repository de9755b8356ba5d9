// The C++ link against the golden vectors: frames, identity, sessions, batches.
#include <gtest/gtest.h>

#include "picoctl/link/batch.hpp"
#include "picoctl/link/crc16.hpp"
#include "picoctl/link/description.hpp"
#include "picoctl/link/frame.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/link/session.hpp"
#include "vectors.hpp"

namespace picoctl {

class Context {};
void journal(Context&, std::string_view) {}

namespace vectors {
namespace {

constexpr std::string_view states[] = {"idle",   "pending",   "busy",       "done",
                                       "failed", "bad_frame", "no_session", "out_of_order"};
constexpr std::string_view chips[] = {"virtual_pico", "rp2040", "rp2350"};
constexpr std::string_view statuses[] = {"open",   "no_slot", "unknown", "key_refused",
                                         "closed", "busy",    "moves"};
constexpr std::string_view slot_states[] = {"closed", "fresh", "busy", "done"};

std::uint64_t wide(const Json& text) { return std::stoull(text.get<std::string>(), nullptr, 16); }

TEST(Vectors, Crc) {
  const Json file = load("crc");
  EXPECT_EQ(crc_polynomial, file["polynomial"]);
  for (const Json& c : file["cases"]) {
    EXPECT_EQ(Crc16(c["key"]).add(from_hex(c["data"])).value(), c["crc"]) << c["name"];
  }
}

Identity identity_from(const Json& who) {
  Identity identity;
  identity.version = {who["version"][0], who["version"][1]};
  identity.mailbox = who["mailbox"];
  identity.contested = who.value("contested", false);
  identity.safe_mode = who.value("safe_mode", false);
  identity.max_request = who["max_request"];
  identity.max_reply = who["max_reply"];
  identity.slots = who["slots"];
  identity.boot_id = who["boot_id"];
  identity.description = who["description"];
  identity.unique_id = wide(who["unique_id"]);
  identity.chip = named<Chip>(who["chip"], chips);
  identity.firmware = {who["firmware"][0], who["firmware"][1], who["firmware"][2]};
  return identity;
}

TEST(Vectors, Identity) {
  const Json file = load("identity");
  for (const Json& c : file["cases"]) {
    const Identity identity = identity_from(c["identity"]);
    EXPECT_EQ(to_hex(encode_identity(identity, c["address"])), c["bytes"].get<std::string>())
        << c["name"];
    EXPECT_EQ(decode_identity(from_hex(c["bytes"]), c["address"]), identity) << c["name"];
  }
  for (const Json& c : file["malformed"]) {
    EXPECT_FALSE(decode_identity(from_hex(c["bytes"]), c["address"])) << c["why"];
  }
}

TEST(Vectors, Key) {
  for (const Json& c : load("key", "cases")) {
    Identity identity;
    identity.boot_id = c["boot_id"];
    identity.unique_id = wide(c["unique_id"]);
    identity.description = c["description"];
    EXPECT_EQ(session_key(identity, c["nonce"], c["address"]), c["key"]) << c["name"];
  }
}

TEST(Vectors, Sequence) {
  for (const Json& c : load("sequence", "cases")) {
    const Sequence sequence{c["slot"], c["number"]};
    EXPECT_EQ(sequence.byte(), c["byte"]);
    EXPECT_EQ(Sequence::from(c["byte"]), sequence);
    EXPECT_EQ(next_number(c["number"]), c["next"]);
  }
}

TEST(Vectors, Request) {
  const Json file = load("request");
  for (const Json& c : file["cases"]) {
    const Octets payload = from_hex(c["payload"]);
    const Request request{{c["slot"], c["number"]}, c["command"], payload};
    std::array<std::uint8_t, max_request_size> room{};
    const std::size_t size = encode_request(room, c["address"], c["key"], request);
    EXPECT_EQ(to_hex(std::span(room).first(size)), c["bytes"].get<std::string>()) << c["name"];

    const Octets frame = from_hex(c["bytes"]);
    const auto parsed = parse_request(frame);
    ASSERT_TRUE(parsed) << c["name"];
    EXPECT_TRUE(request_crc_matches(frame, c["address"], c["key"]));
    EXPECT_EQ(parsed->sequence, request.sequence);
    EXPECT_EQ(parsed->command, request.command);
    EXPECT_EQ(to_hex(parsed->payload), c["payload"].get<std::string>());
  }
  for (const Json& c : file["malformed"]) {
    EXPECT_FALSE(parse_request(from_hex(c["bytes"]))) << c["why"];
  }
}

TEST(Vectors, Answer) {
  const Json file = load("answer");
  for (const Json& c : file["cases"]) {
    const Octets payload = from_hex(c["payload"]);
    const Head head{named<State>(c["state"], states),
                    {c["slot"], c["number"]},
                    static_cast<std::uint8_t>(payload.size()),
                    c["epoch"],
                    c["events"]};
    std::array<std::uint8_t, max_answer_size> room{};
    std::copy(payload.begin(), payload.end(), room.begin() + head_size);
    const std::size_t size = seal_answer(room, c["address"], c["key"], head, payload.size());
    EXPECT_EQ(to_hex(std::span(room).first(size)), c["bytes"].get<std::string>()) << c["name"];

    const Octets answer = from_hex(c["bytes"]);
    const auto parsed = parse_head(answer);
    ASSERT_TRUE(parsed) << c["name"];
    EXPECT_TRUE(payload_crc_matches(answer, c["address"], c["key"])) << c["name"];
    EXPECT_EQ(parsed->state, head.state);
    EXPECT_EQ(parsed->sequence, head.sequence);
    EXPECT_EQ(parsed->length, payload.size());
    EXPECT_EQ(parsed->epoch, head.epoch);
    EXPECT_EQ(parsed->events, head.events);
  }
  for (const Json& c : file["malformed"]) {
    EXPECT_FALSE(parse_head(from_hex(c["bytes"]))) << c["why"];
  }
}

TEST(Vectors, SessionRequest) {
  const Json file = load("session");
  EXPECT_EQ(static_cast<int>(PublicCommand::hello), file["commands"]["hello"]);
  EXPECT_EQ(static_cast<int>(PublicCommand::resume), file["commands"]["resume"]);
  EXPECT_EQ(static_cast<int>(PublicCommand::bye), file["commands"]["bye"]);
  EXPECT_EQ(static_cast<int>(PublicCommand::move), file["commands"]["move"]);
  for (const Json& c : file["requests"]) {
    std::array<std::uint8_t, session_request_size> room{};
    Writer writer(room);
    encode(writer, SessionRequest{c["nonce"], c["bus_khz"]});
    EXPECT_EQ(to_hex(writer.written()), c["bytes"].get<std::string>());
    const auto decoded = decode_session_request(from_hex(c["bytes"]));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->nonce, c["nonce"]);
    EXPECT_EQ(decoded->bus_khz, c["bus_khz"]);
  }
  for (const Json& bytes : file["malformed_requests"]) {
    EXPECT_FALSE(decode_session_request(from_hex(bytes))) << bytes;
  }
}

TEST(Vectors, MoveRequest) {
  const Json file = load("session");
  for (const Json& c : file["moves"]) {
    const MoveRequest request{c["nonce"], wide(c["unique_id"]), c["address"], c["time_ms"]};
    std::array<std::uint8_t, move_request_size> room{};
    Writer writer(room);
    encode(writer, request);
    EXPECT_EQ(to_hex(writer.written()), c["bytes"].get<std::string>());
    const auto decoded = decode_move_request(from_hex(c["bytes"]));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->nonce, request.nonce);
    EXPECT_EQ(decoded->unique_id, request.unique_id);
    EXPECT_EQ(decoded->address, request.address);
    EXPECT_EQ(decoded->time_ms, request.time_ms);
  }
  for (const Json& bytes : file["malformed_moves"]) {
    EXPECT_FALSE(decode_move_request(from_hex(bytes))) << bytes;
  }
}

TEST(Vectors, SessionReply) {
  const Json file = load("session");
  for (const Json& c : file["replies"]) {
    const SessionReply reply{c["nonce"],  named<SessionStatus>(c["status"], statuses), c["slot"],
                             c["last"],   named<SlotState>(c["state"], slot_states),   c["boot_id"],
                             c["wait_ms"]};
    std::array<std::uint8_t, session_reply_size> room{};
    Writer writer(room);
    encode(writer, reply);
    EXPECT_EQ(to_hex(writer.written()), c["bytes"].get<std::string>());
    const auto decoded = decode_session_reply(from_hex(c["bytes"]));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->nonce, reply.nonce);
    EXPECT_EQ(decoded->status, reply.status);
    EXPECT_EQ(decoded->slot, reply.slot);
    EXPECT_EQ(decoded->last, reply.last);
    EXPECT_EQ(decoded->state, reply.state);
    EXPECT_EQ(decoded->boot_id, reply.boot_id);
    EXPECT_EQ(decoded->wait_ms, reply.wait_ms);
  }
  for (const Json& bytes : file["malformed_replies"]) {
    EXPECT_FALSE(decode_session_reply(from_hex(bytes))) << bytes;
  }
}

TEST(Vectors, BatchRequest) {
  for (const Json& c : load("batch", "requests")) {
    std::array<std::uint8_t, max_payload> room{};
    Writer writer(room);
    writer.byte(c["flags"]);
    const Octets wire = from_hex(c["bytes"]);
    Reader reader(wire);
    EXPECT_EQ(reader.byte(), c["flags"]);
    for (const Json& item : c["entries"]) {
      const Octets args = from_hex(item["args"]);
      EXPECT_TRUE(put_batch_entry(writer, {item["command"], args}));
      const auto taken = take_batch_entry(reader);
      ASSERT_TRUE(taken) << c["name"];
      EXPECT_EQ(taken->command, item["command"]);
      EXPECT_EQ(to_hex(taken->args), item["args"].get<std::string>());
    }
    EXPECT_TRUE(reader.finished()) << c["name"];
    EXPECT_EQ(to_hex(writer.written()), c["bytes"].get<std::string>()) << c["name"];
  }
}

TEST(Vectors, BatchAnswer) {
  const Json file = load("batch");
  for (const Json& c : file["answers"]) {
    const Octets wire = from_hex(c["bytes"]);
    Reader reader(wire);
    EXPECT_EQ(reader.byte(), c["replies"].size());
    for (const Json& item : c["replies"]) {
      const auto taken = take_batch_reply(reader);
      ASSERT_TRUE(taken) << c["name"];
      EXPECT_EQ(taken->status, item["status"]);
      EXPECT_EQ(to_hex(taken->reply), item["reply"].get<std::string>());
    }
    EXPECT_TRUE(reader.finished()) << c["name"];
  }
  for (const Json& c : file["malformed"]) {
    const Octets wire = from_hex(c["entry"]);
    Reader entry(wire);
    Reader reply(wire);
    EXPECT_FALSE(take_batch_entry(entry)) << c["why"];
    EXPECT_FALSE(take_batch_reply(reply)) << c["why"];
  }
}

TEST(Vectors, DescriptionHash) {
  for (const Json& c : load("description", "hashes")) {
    EXPECT_EQ(description_hash(c["text"].get<std::string>()), c["hash"]) << c["text"];
  }
}

}  // namespace
}  // namespace vectors
}  // namespace picoctl
