#include "picoctl/target/register_face.hpp"

#include "picoctl/target/hot.hpp"

namespace picoctl::target {

RegisterFace::RegisterFace(RegisterBank& bank, std::span<std::uint8_t> room) : bank_(bank) {
  const std::size_t half = room.size() / 2;
  frames_[0].room = room.first(half);
  frames_[1].room = room.subspan(half, half);
}

void RegisterFace::introduce(const Identity& identity, std::uint8_t address) {
  identity_ = encode_identity(identity, address);
  const auto prepare = [&](HeadBytes& bytes, State state) {
    Head head;
    head.state = state;
    head.sequence = {public_slot, 0};
    head.epoch = static_cast<std::uint8_t>(identity.boot_id);
    encode_head(bytes, address, public_key, head);
  };
  prepare(idle_, State::idle);
  prepare(pending_, State::pending);
  prepare(bad_frame_, State::bad_frame);
  answer_ = idle_;
}

PICOCTL_HOT void RegisterFace::begin_write() {
  first_ = true;
  overflow_ = false;
  receiving_ = nullptr;
}

PICOCTL_HOT void RegisterFace::write(std::uint8_t byte) {
  if (first_) {
    open(byte);
  } else if (put_ != put_end_) {
    *put_++ = byte;
  } else {
    overflow_ = true;
  }
}

// The register number decides where the bytes behind it go.
PICOCTL_HOT void RegisterFace::open(std::uint8_t number) {
  first_ = false;
  written_register_ = number;
  put_ = plain_.data();
  put_end_ = plain_.data() + plain_.size();
  if (number == registers::request) open_frame();
}

// Without a free buffer the bytes go to the plain one, which is too small: dropped, but counted.
PICOCTL_HOT void RegisterFace::open_frame() {
  for (ReceivedFrame& frame : frames_) {
    if (frame.full) continue;
    receiving_ = &frame;
    put_ = frame.room.data();
    put_end_ = put_ + frame.room.size();
    *put_++ = registers::request;
    return;
  }
}

PICOCTL_HOT void RegisterFace::end_write() {
  if (first_) return;
  pointer_ = written_register_;
  if (written_register_ == registers::request) {
    end_frame();
  } else {
    end_plain_write();
  }
}

PICOCTL_HOT void RegisterFace::end_frame() {
  const std::uint8_t* start = receiving_ != nullptr ? receiving_->room.data() + 1 : plain_.data();
  const auto count = static_cast<std::uint16_t>(put_ - start);
  if (count == 0) return;  // only the pointer: i2cdump and i2cget pass here
  pointer_ = registers::response;
  ++stats_.frames;
  ++newest_;
  if (count < registers::min_frame_bytes || (overflow_ && receiving_ != nullptr)) {
    ++stats_.short_frames;
    show(bad_frame_);
    return;
  }
  show(pending_);
  if (receiving_ == nullptr) {
    ++stats_.dropped;
    return;
  }
  receiving_->size = static_cast<std::uint16_t>(count + 1U);
  receiving_->number = newest_;
  receiving_->full = true;
}

PICOCTL_HOT void RegisterFace::end_plain_write() {
  const auto count = static_cast<std::size_t>(put_ - plain_.data());
  if (count == 0) return;  // only the pointer
  const bool plain = written_register_ < registers::user_end && count <= registers::max_plain_write;
  if (!plain || overflow_ || !bank_.write(written_register_, {plain_.data(), count})) {
    ++stats_.refused_writes;
  }
}

PICOCTL_HOT void RegisterFace::show(std::span<const std::uint8_t> answer) {
  answer_ = answer;
  answer_was_read_ = false;
}

PICOCTL_HOT void RegisterFace::begin_read() {
  reading_user_ = pointer_ < registers::user_end;
  latched_ = {};
  at_ = 0;
  if (reading_user_) {
    at_ = pointer_;
  } else if (pointer_ >= registers::response) {
    latched_ = answer_;
    at_ = pointer_ - registers::response;
  } else if (pointer_ < registers::identity + registers::identity_size) {
    latched_ = identity_;
    at_ = pointer_ - registers::identity;
  }
}

// How much is handed over at once is chosen so that nothing is left in the transmit FIFO after a
// read of usual length: what is left costs an abort at the next read. The head goes alone; a plain
// register too; the rest in whatever fits.
PICOCTL_HOT std::size_t RegisterFace::fill(std::span<std::uint8_t> out) {
  if (reading_user_ && at_ < registers::user_end) {
    const std::size_t count = bank_.read(static_cast<std::uint8_t>(at_), out);
    at_ += count;
    return count;
  }
  return fill_from(latched_, out);
}

PICOCTL_HOT std::size_t RegisterFace::fill_from(std::span<const std::uint8_t> source,
                                                std::span<std::uint8_t> out) {
  if (at_ >= source.size()) {
    out[0] = registers::beyond;
    return 1;
  }
  std::size_t count = source.size() - at_;
  if (at_ < head_size && count > head_size - at_) count = head_size - at_;
  if (count > out.size()) count = out.size();
  for (std::size_t i = 0; i < count; ++i) out[i] = source[at_ + i];
  at_ += count;
  return count;
}

PICOCTL_HOT void RegisterFace::end_read() {
  if (latched_.data() == answer_.data() && at_ >= latched_.size()) answer_was_read_ = true;
  latched_ = {};
  reading_user_ = false;
}

ReceivedFrame* RegisterFace::oldest() {
  ReceivedFrame* oldest = nullptr;
  for (ReceivedFrame& frame : frames_) {
    if (!frame.full) continue;
    if (oldest == nullptr || frame.number - oldest->number > 0x80000000U) oldest = &frame;
  }
  return oldest;
}

void RegisterFace::publish(std::uint32_t number, std::span<const std::uint8_t> answer) {
  if (number == newest_) show(answer);
}

}  // namespace picoctl::target
