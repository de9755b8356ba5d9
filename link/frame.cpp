#include "picoctl/link/frame.hpp"

#include <algorithm>

#include "picoctl/link/registers.hpp"

namespace picoctl {
namespace {

std::uint16_t stored_crc(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8U) | bytes[at + 1]);
}

void store_crc(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t crc) {
  bytes[at] = static_cast<std::uint8_t>(crc >> 8U);
  bytes[at + 1] = static_cast<std::uint8_t>(crc);
}

Crc16 crc_of_head(std::span<const std::uint8_t> answer, std::uint8_t address, std::uint16_t key) {
  return Crc16(key).add(read_address(address)).add(answer.first(4));
}

// Everything of a head; its CRC as it goes on over a payload.
Crc16 put_head(std::span<std::uint8_t> out, std::uint8_t address, std::uint16_t key,
               const Head& head) {
  out[0] = static_cast<std::uint8_t>(header_always | (head.events ? header_events : 0U) |
                                     static_cast<unsigned>(head.state));
  out[1] = head.sequence.byte();
  out[2] = head.length;
  out[3] = head.epoch;
  const Crc16 crc = crc_of_head(out, address, key);
  store_crc(out, 4, crc.value());
  return crc;
}

}  // namespace

std::size_t encode_request(std::span<std::uint8_t> out, std::uint8_t address, std::uint16_t key,
                           const Request& request) {
  const std::size_t size = request_overhead + request.payload.size();
  if (request.payload.size() > max_payload || out.size() < size) return 0;
  out[0] = registers::request;
  out[1] = request.sequence.byte();
  out[2] = static_cast<std::uint8_t>(request.payload.size());
  out[3] = request.command;
  std::copy(request.payload.begin(), request.payload.end(), out.begin() + 4);
  const auto covered = out.first(size - crc_size);
  store_crc(out, covered.size(), Crc16(key).add(write_address(address)).add(covered).value());
  return size;
}

std::optional<Request> parse_request(std::span<const std::uint8_t> frame) {
  if (frame.size() < request_overhead || frame[0] != registers::request) return std::nullopt;
  const std::size_t length = frame[2];
  if (length > max_payload || frame.size() != request_overhead + length) return std::nullopt;
  return Request{Sequence::from(frame[1]), frame[3], frame.subspan(4, length)};
}

bool request_crc_matches(std::span<const std::uint8_t> frame, std::uint8_t address,
                         std::uint16_t key) {
  const std::size_t covered = frame.size() - 2;
  return Crc16(key).add(write_address(address)).add(frame.first(covered)).value() ==
         stored_crc(frame, covered);
}

void encode_head(std::span<std::uint8_t, head_size> out, std::uint8_t address, std::uint16_t key,
                 const Head& head) {
  put_head(out, address, key, head);
}

std::size_t seal_answer(std::span<std::uint8_t> answer, std::uint8_t address, std::uint16_t key,
                        Head head, std::size_t payload_size) {
  head.length = static_cast<std::uint8_t>(payload_size);
  Crc16 crc = put_head(answer, address, key, head);
  if (payload_size == 0) return head_size;
  crc.add(answer.subspan(head_size, payload_size));
  store_crc(answer, head_size + payload_size, crc.value());
  return head_size + payload_size + payload_crc_size;
}

bool head_crc_matches(std::span<const std::uint8_t> answer, std::uint8_t address,
                      std::uint16_t key) {
  return answer.size() >= head_size &&
         crc_of_head(answer, address, key).value() == stored_crc(answer, 4);
}

bool payload_crc_matches(std::span<const std::uint8_t> answer, std::uint8_t address,
                         std::uint16_t key) {
  if (answer.size() < head_size) return false;
  Crc16 crc = crc_of_head(answer, address, key);
  if (crc.value() != stored_crc(answer, 4)) return false;
  const std::size_t length = answer[2];
  if (length == 0) return true;
  if (answer.size() < head_size + length + payload_crc_size) return false;
  crc.add(answer.subspan(head_size, length));
  return crc.value() == stored_crc(answer, head_size + length);
}

}  // namespace picoctl
